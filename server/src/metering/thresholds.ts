import type { LedgerModel } from '#metering/ledger.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import { isBefore } from '#time/period.ts'

/** What an account holds before and after a withdrawal, and what its tenth is counted from. */
export type Withdrawal = {
  readonly model: LedgerModel
  readonly before: bigint
  readonly after: bigint
  /** Credits: the window's grant. Balance: the last refill. */
  readonly full: bigint
  /** Whether credits.low was told in this window. */
  readonly lowTold: boolean
}

export type Threshold = 'credits.low' | 'credits.depleted' | 'balance.low' | 'balance.depleted'

/** The threshold that a withdrawal passes; reaching zero passes only that. The recording statement decides the same in SQL. */
export function thresholdPassed({ model, before, after, full, lowTold }: Withdrawal): Threshold | null {
  if (after <= 0n) return before > 0n ? `${model}.depleted` : null
  const isLow = before * 10n > full && after * 10n <= full
  if (!isLow || (model === 'credits' && lowTold)) return null
  return `${model}.low`
}

/** What customers are mailed of a window, by how little it leaves: whoever was told of one is told only of higher ones. */
export const mailLevels = {
  'credits.low': 1,
  'balance.low': 1,
  'credits.depleted': 2,
  'balance.depleted': 2,
} as const satisfies Record<Threshold, number>

/** What decides when an account is filled again. Days are UTC. */
export type RefillState = {
  readonly status: SubscriptionStatus
  readonly windowEnd: Temporal.PlainDate | null
  readonly trialEndsOn: Temporal.PlainDate | null
  readonly cancelEffectiveOn: Temporal.PlainDate | null
}

/**
 * The day on which an account is filled again as its subscription stands: at the end of the trial or of the window. Null where it
 * ends by then, and where a payment is missing.
 */
export function nextRefill({
  status,
  windowEnd,
  trialEndsOn,
  cancelEffectiveOn,
}: RefillState): Temporal.PlainDate | null {
  const on = status === 'trialing' ? trialEndsOn : status === 'active' ? windowEnd : null
  return on !== null && cancelEffectiveOn !== null && !isBefore(on, cancelEffectiveOn) ? null : on
}
