import * as z from 'zod'
import { addonModels } from '#catalogue/addon.ts'
import { featureTypes } from '#catalogue/feature.ts'
import { amount, livemode, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const ActiveAddon = z
  .object({
    slug: z.string(),
    name: z.string(),
    basePrice: amount.meta({ description: 'Minor units of USD, for one billing period of the subscription.' }),
    featureCode: z.string(),
    featureName: z.string(),
    featureType: z.enum(featureTypes),
    consumptionModel: z.enum(addonModels),
    activatedAt: time,
    object: z.literal('addon'),
    livemode,
  })
  .meta({ id: 'ActiveAddon', description: 'An add-on that a customer has.' })

const SubscriptionAddon = z
  .object({
    addonId: z.string(),
    status: z.literal('active'),
    proratedCharge: amount.meta({
      description: "What the rest of the running period costs, before tax; minor units of the subscription's currency.",
    }),
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'SubscriptionAddon', description: 'An add-on that was activated.' })

const DeletedSubscriptionAddon = z
  .object({
    id: z.string().meta({ description: 'The add-on.' }),
    status: z.literal('inactive'),
    deactivatedAt: time.nullable(),
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'DeletedSubscriptionAddon', description: 'An add-on that was deactivated.' })

export const listActiveAddonsOperation = operation({
  id: 'Addons.listActive',
  method: 'GET',
  path: '/active-addons',
  kind: 'read',
  summary: "List the active add-ons of a customer's live subscription, in the order of activation.",
  query: z.object({ customerId: reference }),
  data: z.array(ActiveAddon),
  problems: ['customer_not_found'],
})

export const activateAddonOperation = operation({
  id: 'Subscriptions.activateAddon',
  method: 'POST',
  path: '/subscriptions/{id}/addons',
  kind: 'staged',
  summary: 'Activate an add-on: charges the stored payment method for the rest of the period, then gives the feature.',
  description:
    'In a trial nothing is charged now. Less than can be charged waits for the next invoice. From the next renewal on its whole base price is billed with the plan.',
  params: z.object({ id: reference }),
  body: z.object({ addonId: reference.meta({ description: 'Public id or slug.' }) }),
  data: SubscriptionAddon,
  problems: [
    'subscription_not_found',
    'addon_not_found',
    'subscription_not_active',
    'addon_already_active',
    'duplicate',
    'no_payment_method',
    'missing_regional_price',
    'charge_failed',
    'charge_in_progress',
  ],
})

export const deactivateAddonOperation = operation({
  id: 'Subscriptions.deactivateAddon',
  method: 'DELETE',
  path: '/subscriptions/{id}/addons/{addonId}',
  kind: 'staged',
  summary: "Deactivate an add-on now. Nothing is refunded; usage so far is billed at the window's end.",
  params: z.object({ id: reference, addonId: reference.meta({ description: 'Public id or slug.' }) }),
  data: DeletedSubscriptionAddon,
  problems: [
    'subscription_not_found',
    'addon_not_found',
    'addon_not_active',
    'subscription_not_active',
    'charge_in_progress',
  ],
})
