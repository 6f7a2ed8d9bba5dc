import * as z from 'zod'
import { addonModels } from '#catalogue/addon.ts'
import {
  amount,
  count,
  DeletedObject,
  description,
  livemode,
  name,
  pageQuery,
  quantity,
  rate,
  reference,
  time,
  usageQuantity,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

const consumptionModel = z.enum(addonModels).meta({
  description: 'boolean goes with every plan, the others with plans of the same model.',
})
const basePrice = amount.meta({ description: 'Minor units of USD, for one billing period of the subscription.' })
const overageRate = rate.meta({
  description: 'Rate scale: 10000 = one US dollar per unit, beyond what is included or from the balance.',
})
const creditCost = count.refine((credits) => credits >= 1n, { error: 'Must be 1 or more.' })

export const Addon = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `adn_`.' }),
    name: z.string(),
    slug: z.string().meta({ description: 'Made from the name when it was created; never changes.' }),
    description: z.string().nullable(),
    basePrice,
    consumptionModel,
    featureCode: z.string(),
    featureName: z.string(),
    includedUnits: quantity.nullable().meta({ description: 'Units per consumption window.' }),
    overageRate: overageRate.nullable(),
    creditCost: count.nullable().meta({ description: 'Credits that one unit costs.' }),
    createdAt: time,
    updatedAt: time,
    object: z.literal('addon'),
    livemode,
  })
  .meta({ id: 'Addon', description: 'One feature more, at a price of its own, for subscriptions whose plan lacks it.' })

const byId = z.object({ id: reference.meta({ description: 'Public id or slug.' }) })

export const createAddonOperation = operation({
  id: 'Addons.create',
  method: 'POST',
  path: '/addons',
  kind: 'write',
  status: 201,
  summary: 'Create an add-on for a feature.',
  description:
    'A feature has one add-on at most. A metered one with neither includedUnits nor overageRate is unlimited; credits needs creditCost, balance needs overageRate.',
  body: z.object({
    name,
    description: description.optional(),
    basePrice,
    featureId: reference.meta({ description: 'Public id or code of the feature.' }),
    consumptionModel,
    includedUnits: usageQuantity.optional(),
    overageRate: overageRate.optional(),
    creditCost: creditCost.optional(),
  }),
  data: Addon,
  problems: ['feature_not_found', 'feature_already_exists'],
})

export const getAddonOperation = operation({
  id: 'Addons.get',
  method: 'GET',
  path: '/addons/{id}',
  kind: 'read',
  summary: 'Read one add-on.',
  params: byId,
  data: Addon,
  problems: ['addon_not_found'],
})

export const listAddonsOperation = operation({
  id: 'Addons.list',
  method: 'GET',
  path: '/addons',
  kind: 'read',
  summary: 'List add-ons, newest first.',
  query: z.object(pageQuery),
  data: z.array(Addon),
  list: true,
})

export const updateAddonOperation = operation({
  id: 'Addons.update',
  method: 'PUT',
  path: '/addons/{id}',
  kind: 'write',
  summary: 'Change an add-on. Slug, feature and model stay.',
  description:
    'Who has it gets what is kinder at once and the rest with the next window; another base price holds for new activations and from the next renewal. null takes a value away; creditCost and null are additions.',
  params: byId,
  body: z.object({
    name: name.optional(),
    description: description.nullable().optional(),
    basePrice: basePrice.optional(),
    includedUnits: usageQuantity.nullable().optional(),
    overageRate: overageRate.nullable().optional(),
    creditCost: creditCost.optional(),
  }),
  data: Addon,
  problems: ['addon_not_found'],
})

export const deleteAddonOperation = operation({
  id: 'Addons.delete',
  method: 'DELETE',
  path: '/addons/{id}',
  kind: 'write',
  summary: 'Delete an add-on that no subscription has.',
  params: byId,
  data: DeletedObject,
  problems: ['addon_not_found', 'addon_has_activations'],
})
