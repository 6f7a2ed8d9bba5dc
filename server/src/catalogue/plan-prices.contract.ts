import * as z from 'zod'
import { maxDurationCycles, maxTrialDays } from '#catalogue/plan-price.ts'
import { billingInterval, byPlan, discountType, IntroOffer } from '#catalogue/plans.contract.ts'
import { amount, count, DeletedObject, livemode, rate, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const PlanPrice = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `prc_`.' }),
    planId: z.string(),
    billingInterval,
    price: amount.meta({ description: 'Minor units of USD.' }),
    isDefault: z.boolean(),
    trialDays: z.int(),
    includedBalance: rate.nullable().meta({ description: 'Rate scale, per consumption window.' }),
    includedCredits: count.nullable().meta({ description: 'Credits per consumption window.' }),
    introOffer: IntroOffer.nullable(),
    createdAt: time,
    updatedAt: time,
    object: z.literal('plan'),
    livemode,
  })
  .meta({ id: 'PlanPrice', description: 'What a plan costs in one billing interval.' })

export const DefaultPlanPrice = z
  .object({ id: z.string(), isDefault: z.literal(true), object: z.literal('plan'), livemode })
  .meta({ id: 'DefaultPlanPrice' })

const trialDays = z
  .int({ error: 'Must be a whole number of days.' })
  .min(0, { error: 'Must be 0 or more.' })
  .max(maxTrialDays, { error: `Must be at most ${maxTrialDays} days.` })

const durationCycles = z
  .int({ error: 'Must be a whole number of billing periods.' })
  .min(1, { error: 'Must be 1 or more, or null for an offer without end.' })
  .max(maxDurationCycles, { error: `Must be at most ${maxDurationCycles}.` })
  .nullable()
  .meta({ description: 'Billing periods it lasts, the first paid one included; null = without end.' })

const offerFields = {
  discountType: discountType.nullable().optional(),
  discountValue: count.nullable().optional(),
  durationCycles: durationCycles.optional(),
}

export const byPrice = { ...byPlan, priceId: reference.meta({ description: 'Public id of the price.' }) }

export const addPlanPrice = operation({
  id: 'Plans.addPrice',
  method: 'POST',
  path: '/plans/{id}/prices',
  kind: 'write',
  summary: 'Add a price to a plan, one per billing interval.',
  description: 'The first price of a plan becomes its default.',
  params: z.object(byPlan),
  body: z.object({
    billingInterval,
    price: amount,
    trialDays: trialDays.default(0),
    isDefault: z.boolean().default(false),
    includedBalance: rate.nullable().default(null),
    includedCredits: count.nullable().default(null),
    introOffer: z.object({ enabled: z.boolean(), ...offerFields }).optional(),
  }),
  data: PlanPrice,
  status: 201,
  problems: ['plan_not_found', 'duplicate'],
})

export const updatePlanPrice = operation({
  id: 'Plans.updatePrice',
  method: 'PUT',
  path: '/plans/{id}/prices/{priceId}',
  kind: 'write',
  summary: 'Change a price.',
  description:
    'Subscriptions pay the new price from their next renewal; trial days and the intro offer are for new ones.',
  params: z.object(byPrice),
  body: z.object({
    price: amount.optional(),
    isDefault: z.boolean().optional(),
    trialDays: trialDays.optional(),
    includedBalance: rate.nullable().optional(),
    includedCredits: count.nullable().optional(),
    introOffer: z.object({ enabled: z.boolean().optional(), ...offerFields }).optional(),
  }),
  data: PlanPrice,
  problems: ['plan_not_found', 'price_not_found'],
})

export const deletePlanPrice = operation({
  id: 'Plans.deletePrice',
  method: 'DELETE',
  path: '/plans/{id}/prices/{priceId}',
  kind: 'write',
  summary: 'Delete a price that no live subscription uses.',
  description: 'When it was the default, the oldest of the remaining prices becomes default.',
  params: z.object(byPrice),
  data: DeletedObject,
  problems: ['plan_not_found', 'price_not_found', 'price_in_use'],
})

export const setDefaultPlanPrice = operation({
  id: 'Plans.setDefaultPrice',
  method: 'PUT',
  path: '/plans/{id}/prices/{priceId}/default',
  kind: 'write',
  summary: 'Make a price the default of its plan.',
  params: z.object(byPrice),
  data: DefaultPlanPrice,
  problems: ['plan_not_found', 'price_not_found'],
})
