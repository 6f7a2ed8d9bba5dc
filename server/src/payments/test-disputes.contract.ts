import * as z from 'zod'
import { amount, currencyCode, livemode, reference } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { disputeStates } from '#payments/dispute.ts'
import { disputeOutcomes } from '#payments/provider.ts'

export const TestDispute = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `dp_`.' }),
    transactionId: z.string(),
    status: z.enum(disputeStates),
    amount,
    currency: currencyCode,
    reason: z.string().nullable(),
    object: z.literal('test_dispute'),
    livemode,
  })
  .meta({ id: 'TestDispute', description: 'A dispute that the sandbox makes, as a bank would.' })

export const createTestDisputeOperation = operation({
  id: 'TestDisputes.create',
  method: 'POST',
  path: '/test-disputes',
  kind: 'staged',
  status: 201,
  summary: 'Let the customer’s bank dispute a transaction. Sandbox only; an addition of Halley.',
  description:
    'The transaction becomes `disputed` and `payment.disputed` is sent. The card 4000 0000 0000 0259 disputes every charge by itself.',
  body: z.object({
    transactionId: reference,
    reason: z.string().trim().min(1).max(100).optional().meta({ description: '`fraudulent` unless said otherwise.' }),
  }),
  data: TestDispute,
  problems: ['sandbox_only', 'transaction_not_found', 'invalid_subscription_status'],
})

export const resolveTestDisputeOperation = operation({
  id: 'TestDisputes.resolve',
  method: 'POST',
  path: '/test-disputes/resolve',
  kind: 'staged',
  summary: 'Let the bank decide the open dispute of a transaction. Sandbox only; an addition of Halley.',
  description: 'Won, the transaction has succeeded again; lost, it stays disputed. `payment.dispute_resolved` is sent.',
  body: z.object({ transactionId: reference, outcome: z.enum(disputeOutcomes) }),
  data: TestDispute,
  problems: ['sandbox_only', 'transaction_not_found', 'invalid_subscription_status'],
})
