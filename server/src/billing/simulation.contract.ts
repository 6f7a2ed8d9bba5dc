import * as z from 'zod'
import {
  amount,
  basisPoints,
  code,
  count,
  livemode,
  rate,
  reference,
  signedAmount,
  time,
  usageQuantity,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { lineTypes } from '#invoicing/invoice-draft.ts'
import { billingIntervals } from '#time/interval.ts'

const stays = 'Left out: as it was in each window.'

const PriceDraft = z.strictObject({
  billingInterval: z.enum(billingIntervals),
  price: amount.optional().meta({ description: `Minor units of USD. ${stays}` }),
  includedCredits: count.optional().meta({ description: `Credits plans, per consumption window. ${stays}` }),
  includedBalance: rate.optional().meta({ description: `Balance plans, rate scale, per consumption window. ${stays}` }),
})

const FeatureDraft = z.strictObject({
  code: reference.meta({ description: 'Code or public id of a feature. One that the plan does not have is added.' }),
  enabled: z.boolean().optional().meta({ description: 'False: the draft does not have the feature.' }),
  includedAmount: usageQuantity.optional(),
  unlimited: z.boolean().optional(),
  overage: z
    .strictObject({
      enabled: z.boolean().optional(),
      unitPrice: rate.optional().meta({ description: 'Rate scale: 10000 = one US dollar.' }),
    })
    .optional(),
  creditsPerUnit: count.refine((credits) => credits >= 1n, { error: 'Must be 1 or more.' }).optional(),
  margin: basisPoints.optional(),
})

/** Terms of a plan as they might be: what is named holds in every window, everything else as it was. */
export const PlanDraft = z
  .strictObject({
    planCode: code.meta({ description: 'The plan whose terms are replaced.' }),
    blockOnExhaustion: z.boolean().optional().meta({ description: 'Balance plans.' }),
    discounts: z
      .enum(['keep', 'drop'])
      .default('keep')
      .meta({ description: 'Whether discounts that were given are given on the new base too.' }),
    prices: z.array(PriceDraft).max(5).default([]),
    features: z.array(FeatureDraft).max(200).default([]),
  })
  .meta({ id: 'PlanDraft', description: 'Terms of a plan as they might be.' })

export const mostMonths = 36

const sums = {
  invoiced: signedAmount.meta({ description: 'What was invoiced, minor units, before tax.' }),
  simulated: signedAmount.meta({ description: 'What would have been.' }),
  difference: signedAmount.meta({ description: 'simulated − invoiced.' }),
}

const Line = z.object({ lineType: z.enum(lineTypes), ...sums }).meta({ id: 'BillingSimulationLine' })

const shared = {
  currency: z.string(),
  windows: z.int(),
  ...sums,
  refusedUses: z.int().meta({
    description: 'Times that recorded usage would not have been accepted under the draft. It is not billed.',
  }),
  lines: z.array(Line),
}

export const SimulatedCustomer = z
  .object({ customerId: z.string(), ...shared })
  .meta({ id: 'BillingSimulationCustomer' })

export const BillingSimulation = z
  .object({
    planId: z.string(),
    planCode: z.string(),
    months: z.int(),
    from: time,
    to: time,
    windows: z.int().meta({ description: 'Consumption windows that were billed again.' }),
    totals: z.array(
      z.object({
        ...shared,
        customers: z.int(),
        customersPayingMore: z.int(),
        customersPayingLess: z.int(),
      }),
    ),
    customers: z.array(SimulatedCustomer).meta({ description: 'Those whom the draft changes most, either way.' }),
    leftOut: z.array(z.object({ currency: z.string(), windows: z.int() })).meta({
      description: 'Windows in currencies that the plan has no exchange rate for, while the draft speaks of money.',
    }),
    object: z.literal('billing_simulation'),
    livemode,
  })
  .meta({ id: 'BillingSimulation', description: 'What a plan would have brought beside what it did.' })

export const simulateBilling = operation({
  id: 'Billing.simulate',
  method: 'POST',
  path: '/billing/simulations',
  kind: 'read',
  summary: 'Bill recorded usage again under a draft of a plan, and compare. Nothing is written.',
  description:
    'Every consumption window of the plan that was closed in the last months is priced again by the rules that billed it, with the terms of the draft in place of those it had: base, discounts, overage, overdraft, seats and quota. Tax, customer credit and the proration of plan changes are left out on both sides. At most 20,000 windows; `halley simulate` takes any number. An addition to the published API.',
  body: z.object({
    plan: PlanDraft,
    months: z.int().min(1).max(mostMonths).default(6),
    customerId: reference.optional(),
    customers: z.int().min(0).max(100).default(20).meta({ description: 'How many customers to name.' }),
  }),
  data: BillingSimulation,
  problems: ['plan_not_found', 'feature_not_found', 'customer_not_found'],
})
