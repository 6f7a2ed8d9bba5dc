import * as z from 'zod'
import { amount, count, livemode, reference, signedRate } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

const BalanceAdjustment = z
  .object({
    amount: signedRate.meta({ description: 'Credits, or rate scale (10000 = 1.00) for a balance.' }),
    newBalance: signedRate.meta({ description: 'What is held now: all credits, or the balance on the rate scale.' }),
    reason: z.string().nullable(),
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'BalanceAdjustment', description: 'A correction of what a subscription holds.' })

export const adjustBalanceOperation = operation({
  id: 'Subscriptions.adjustBalance',
  method: 'POST',
  path: '/subscriptions/{id}/balance/adjust',
  kind: 'write',
  summary: 'Correct the credits or the balance of a subscription; nothing is charged.',
  description:
    'A positive amount gives, a negative one takes. Credits that are given are kept at the end of the window; those that are taken come from the plan first.',
  params: z.object({ id: reference }),
  body: z.object({
    amount: signedRate.refine((amount) => amount !== 0n, { error: 'Must not be 0.' }),
    reason: z.string().max(500, { error: 'Must be at most 500 characters.' }).optional(),
    type: z.enum(['credits', 'balance']).optional(),
  }),
  data: BalanceAdjustment,
  problems: [
    'subscription_not_found',
    'subscription_not_active',
    'charge_in_progress',
    'insufficient_credits',
    'insufficient_balance',
  ],
})

const purchaseProblems = [
  'subscription_not_found',
  'subscription_not_active',
  'no_payment_method',
  'charge_failed',
  'charge_in_progress',
] as const

export const purchaseCreditsOperation = operation({
  id: 'Subscriptions.purchaseCredits',
  method: 'POST',
  path: '/subscriptions/{id}/credits',
  kind: 'staged',
  summary: 'Buy a credit pack: charges the stored payment method, then adds the credits.',
  params: z.object({ id: reference }),
  body: z.object({ creditPackId: reference }),
  data: z
    .object({ credits: count, object: z.literal('subscription'), livemode })
    .meta({ id: 'CreditGrant', description: 'Credits that were bought.' }),
  problems: [...purchaseProblems, 'credit_pack_not_found', 'missing_regional_price'],
})

export const topupBalanceOperation = operation({
  id: 'Subscriptions.topupBalance',
  method: 'POST',
  path: '/subscriptions/{id}/balance/topup',
  kind: 'staged',
  summary: 'Top up a balance: charges the stored payment method, then adds the amount.',
  params: z.object({ id: reference }),
  body: z.object({ amount }),
  data: z
    .object({
      amount: amount.meta({ description: 'What was charged, minor units.' }),
      object: z.literal('subscription'),
      livemode,
    })
    .meta({ id: 'BalanceTopup', description: 'Money that was added to a balance.' }),
  problems: [...purchaseProblems],
})
