import * as z from 'zod'
import { featureType } from '#catalogue/features.contract.ts'
import { consumptionModels } from '#catalogue/plan.ts'
import { pricingModes } from '#catalogue/plan-feature.ts'
import { discountTypes } from '#catalogue/plan-price.ts'
import {
  amount,
  basisPoints,
  code,
  count,
  currencyCode,
  DeletedObject,
  description,
  livemode,
  metadata,
  name,
  quantity,
  rate,
  reference,
  time,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { billingIntervals } from '#time/interval.ts'

export const billingInterval = z.enum(billingIntervals).meta({ id: 'BillingInterval' })
export const discountType = z
  .enum(discountTypes)
  .meta({ id: 'DiscountType', description: '`percentage`: basis points. `amount`: minor units of USD.' })
export const pricingMode = z.enum(pricingModes).meta({
  description: '`fixed`: a price per unit. `ai_model`: the price list of AI models plus a margin; balance plans only.',
})

const consumptionModel = z.enum(consumptionModels).meta({
  id: 'ConsumptionModel',
  description:
    '`metered`: included amounts and overage. `credits`: units cost credits. `balance`: units cost money of a prepaid balance.',
})

/** An intro offer as a price shows it. */
export const IntroOffer = z.object({
  enabled: z.boolean(),
  discountType: discountType.nullable(),
  discountValue: count.nullable().meta({ description: 'Basis points (10000 = 100 %) or minor units of USD.' }),
  durationCycles: z.int().nullable().meta({ description: 'Billing periods it lasts; null = without end.' }),
})

const PlanFeatureSummary = z.object({
  code: z.string(),
  name: z.string(),
  type: featureType,
  unitName: z.string().nullable(),
  enabled: z.boolean(),
  includedAmount: quantity.nullable().meta({ description: 'Per consumption window; null on a boolean feature.' }),
  unlimited: z.boolean(),
  overage: z
    .object({
      enabled: z.boolean(),
      model: z.literal('per_unit').nullable(),
      unitPrice: rate.nullable().meta({ description: 'Rate scale: 10000 = one US dollar.' }),
    })
    .nullable()
    .meta({ description: 'Null on a boolean feature.' }),
  regionalPrices: z
    .array(z.object({ currency: currencyCode, overageUnitPrice: rate.nullable(), autoSynced: z.boolean() }))
    .optional(),
  featureId: z.string(),
  creditsPerUnit: count.nullable(),
  pricingMode,
  margin: basisPoints.nullable(),
})

const PlanPriceSummary = z.object({
  billingInterval,
  price: amount.meta({ description: 'Minor units of USD.' }),
  isDefault: z.boolean(),
  trialDays: z.int(),
  includedBalance: rate.nullable().meta({ description: 'Rate scale, per consumption window.' }),
  includedCredits: count.nullable().meta({ description: 'Credits per consumption window.' }),
  introOffer: IntroOffer.nullable(),
  regionalPrices: z
    .array(
      z.object({
        currency: currencyCode.meta({ description: '`usd`: what customers in the United States pay.' }),
        price: amount.meta({ description: 'Minor units of the currency.' }),
        includedBalance: rate.nullable().meta({ description: 'Rate scale, per consumption window.' }),
        autoSynced: z.boolean().meta({ description: 'True when it follows the value in USD.' }),
        introOffer: IntroOffer.nullable().optional(),
      }),
    )
    .optional(),
  id: z.string().meta({ description: 'Public id, starts with `prc_`.' }),
})

export const Plan = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `pln_`.' }),
    name: z.string(),
    code: z.string().meta({ description: 'Unique in the organisation; never changes.' }),
    description: z.string().nullable(),
    consumptionModel: consumptionModel.nullable(),
    isPublic: z.boolean(),
    isDefault: z.boolean().meta({ description: 'At most one plan of an organisation is its default.' }),
    isFree: z.boolean(),
    blockOnExhaustion: z.boolean().nullable(),
    sortOrder: z.int().meta({ description: 'The place in its group, lowest first.' }),
    planGroupId: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    createdAt: time,
    updatedAt: time,
    features: z.array(PlanFeatureSummary).optional(),
    prices: z.array(PlanPriceSummary).optional(),
    exchangeRates: z
      .array(z.object({ currency: currencyCode, exchangeRate: z.number() }))
      .optional()
      .meta({ description: 'What one US dollar is, by currency.' }),
    object: z.literal('plan'),
    livemode,
  })
  .meta({ id: 'Plan', description: 'What customers subscribe to, with its features and prices.' })

export const PlanVisibility = z
  .object({ id: z.string(), isPublic: z.boolean(), object: z.literal('plan'), livemode })
  .meta({ id: 'PlanVisibility' })

export const byPlan = { id: reference.meta({ description: 'Public id or code of the plan.' }) }

export const listPlans = operation({
  id: 'Plans.list',
  method: 'GET',
  path: '/plans',
  kind: 'read',
  summary: 'List plans with their features and prices, by group, sort order and creation.',
  description:
    'Private plans are left out unless `includePrivate` is true. Returns up to 1,000 plans; `cursor` continues after that.',
  query: z.object({
    includePrivate: z.enum(['true', 'false']).optional(),
    cursor: z.string().max(1000).optional(),
  }),
  data: z.array(Plan),
  list: true,
})

export const getPlan = operation({
  id: 'Plans.get',
  method: 'GET',
  path: '/plans/{id}',
  kind: 'read',
  summary: 'Get a plan with its features and prices, by id or code. Private plans too.',
  params: z.object(byPlan),
  data: Plan,
  problems: ['plan_not_found'],
})

export const createPlan = operation({
  id: 'Plans.create',
  method: 'POST',
  path: '/plans/manage',
  kind: 'write',
  summary: 'Create a plan.',
  description: 'Features and prices are added afterwards. Code, consumption model and whether it is free are for good.',
  body: z.object({
    name,
    code,
    description: description.optional(),
    consumptionModel: consumptionModel.default('metered'),
    isPublic: z.boolean().default(true),
    isFree: z.boolean().default(false),
    blockOnExhaustion: z.boolean().default(false),
    planGroupId: reference.optional(),
    metadata: metadata.optional(),
    isDefault: z.boolean().default(false).meta({ description: 'True takes the mark from the default plan so far.' }),
  }),
  data: Plan,
  status: 201,
  problems: ['duplicate', 'plan_group_not_found'],
})

export const updatePlan = operation({
  id: 'Plans.update',
  method: 'PUT',
  path: '/plans/{id}/manage',
  kind: 'write',
  summary: 'Change the name, description, metadata or visibility of a plan.',
  description: '`metadata` replaces what was there as a whole.',
  params: z.object(byPlan),
  body: z.object({
    name: name.optional(),
    description: description.nullable().optional(),
    metadata: metadata.optional(),
    isPublic: z.boolean().optional(),
    isDefault: z.boolean().optional().meta({ description: 'True takes the mark from the default plan so far.' }),
  }),
  data: Plan,
  problems: ['plan_not_found'],
})

export const deletePlan = operation({
  id: 'Plans.delete',
  method: 'DELETE',
  path: '/plans/{id}/manage',
  kind: 'write',
  summary: 'Delete a plan. Live subscriptions keep it and keep renewing; nobody can select it any more.',
  params: z.object(byPlan),
  data: DeletedObject,
  problems: ['plan_not_found'],
})

export const setPlanVisibility = operation({
  id: 'Plans.setVisibility',
  method: 'PUT',
  path: '/plans/{id}/visibility',
  kind: 'write',
  summary: 'Make a plan public or private.',
  description:
    'A private plan is hidden from lists, the portal and the pricing page, and can still be selected through the API.',
  params: z.object(byPlan),
  body: z.object({ isPublic: z.boolean() }),
  data: PlanVisibility,
  problems: ['plan_not_found'],
})
