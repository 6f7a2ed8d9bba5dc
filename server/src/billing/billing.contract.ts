import * as z from 'zod'
import { livemode } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const TestClockBilling = z
  .object({
    customersFound: z.int(),
    enqueued: z.int(),
    failed: z.int(),
    dunningRetried: z.int(),
    dunningFailed: z.int(),
    object: z.literal('test_clock'),
    livemode,
  })
  .meta({ id: 'TestClockBilling' })

export const processBillingOperation = operation({
  id: 'TestClock.processBilling',
  method: 'POST',
  path: '/test-clock/process-billing',
  kind: 'staged',
  summary: "Run everything that is due at the organisation's simulated time. Sandbox only.",
  description:
    'Renewals, trial ends and scheduled cancellations run in chronological order per customer before the answer. Of more than 1,000 due customers the rest is run by the workers: call again until customersFound is 0.',
  data: TestClockBilling,
  problems: ['sandbox_only'],
})
