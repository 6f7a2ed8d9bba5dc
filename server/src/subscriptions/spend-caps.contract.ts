import * as z from 'zod'
import { amount, currencyCode, livemode, reference } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

const SpendCap = z
  .object({
    featureCode: z.string().nullable().meta({ description: 'Null: for the whole subscription.' }),
    amount: amount.meta({ description: 'What is in force: the lower of the two that follow. Minor units.' }),
    merchantAmount: amount.nullable().meta({ description: 'What you set.' }),
    customerAmount: amount.nullable().meta({ description: 'What the customer set.' }),
  })
  .meta({ id: 'SpendCap', description: 'The most that usage may add to the bill of one consumption window.' })

export const SpendCaps = z
  .object({
    subscriptionId: z.string(),
    currency: currencyCode,
    caps: z.array(SpendCap).meta({ description: 'What is set, the whole subscription first; empty without a cap.' }),
    object: z.literal('spend_cap'),
    livemode,
  })
  .meta({ id: 'SpendCaps', description: 'The spend caps of a subscription.' })

export const setSpendCapOperation = operation({
  id: 'Subscriptions.setSpendCap',
  method: 'PUT',
  path: '/subscriptions/{id}/spend-cap',
  kind: 'write',
  summary: 'Limit what usage may add to the bill in one consumption window; null takes the limit away.',
  description:
    'For the whole subscription, or with featureCode for one usage feature of a metered plan. Usage that would be billed beyond the cap answers 402 included_limit_reached; on balance plans the cap ends the overdraft. A cap below what is already used refuses more and forgives nothing. Seats and quota are not limited by caps.',
  params: z.object({ id: reference }),
  body: z.object({ amount: amount.nullable(), featureCode: reference.optional() }),
  data: SpendCaps,
  problems: ['subscription_not_found', 'subscription_not_active', 'feature_not_found'],
})

export const getSpendCapsOperation = operation({
  id: 'Subscriptions.getSpendCaps',
  method: 'GET',
  path: '/subscriptions/{id}/spend-cap',
  kind: 'read',
  summary: 'Read the spend caps of a subscription.',
  params: z.object({ id: reference }),
  data: SpendCaps,
  problems: ['subscription_not_found'],
})
