import type { ProviderName } from '#payments/provider.ts'

export const refundStates = ['started', 'succeeded', 'failed'] as const
export type RefundState = (typeof refundStates)[number]

/**
 * A charge that is given back, all of it. `amount` is in minor units of `currency`. createdAt, updatedAt and settledAt are
 * moments of the organisation's clock, startedAt and lookAgainAt of the machine's.
 */
export type Refund = {
  readonly orgId: string
  /** Also the provider's idempotency key. */
  readonly id: string
  readonly transactionId: string
  readonly subscriptionId: string | null
  readonly provider: ProviderName
  readonly state: RefundState
  readonly amount: bigint
  readonly currency: string
  readonly providerReference: string | null
  readonly failureCode: string | null
  readonly failureMessage: string | null
  readonly startedAt: Temporal.Instant
  readonly lookAgainAt: Temporal.Instant | null
  readonly looks: number
  readonly settledAt: Temporal.Instant | null
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}
