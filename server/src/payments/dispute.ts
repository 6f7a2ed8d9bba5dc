import { type DisputeOutcome, disputeOutcomes, type ProviderName } from '#payments/provider.ts'

export const disputeStates = ['open', ...disputeOutcomes] as const
export type DisputeState = (typeof disputeStates)[number]

/** A charge that the customer's bank wants back. `amount` is in minor units of `currency`; moments are the organisation's. */
export type Dispute = {
  readonly orgId: string
  readonly id: string
  readonly transactionId: string
  readonly subscriptionId: string | null
  readonly provider: ProviderName
  readonly providerReference: string
  readonly state: DisputeState
  readonly amount: bigint
  readonly currency: string
  readonly reason: string | null
  readonly openedAt: Temporal.Instant
  readonly resolvedAt: Temporal.Instant | null
  /** When it was lost that was won in the end. */
  readonly lostAt: Temporal.Instant | null
}

/** Whether a dispute may still end so: one that was lost may be contested, and won. */
export function mayEnd(state: DisputeState, outcome: DisputeOutcome): boolean {
  return state === 'open' || (state === 'lost' && outcome === 'won')
}
