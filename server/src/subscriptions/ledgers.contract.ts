import * as z from 'zod'
import { livemode, reference, signedRate } from '#http/fields.contract.ts'
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
  problems: ['subscription_not_found', 'subscription_not_active', 'insufficient_credits', 'insufficient_balance'],
})
