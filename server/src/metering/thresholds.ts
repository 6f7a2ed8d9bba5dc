import type { LedgerModel } from '#metering/ledger.ts'

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
