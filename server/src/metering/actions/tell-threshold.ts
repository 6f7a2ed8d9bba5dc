import type { Tx } from '#database/transaction.ts'
import type { Threshold, Withdrawal } from '#metering/thresholds.ts'
import type { Context } from '#organisations/org.ts'
import { type EventData, recordEvent } from '#webhooks/outbox.ts'

export type LedgerOwner = {
  readonly subscriptionId: string
  readonly customerId: string
  readonly shownCustomerId: string
  readonly currency: string
}

/** Tells that a withdrawal outside of usage passed a threshold, in its transaction. */
export async function tellThreshold(
  tx: Tx,
  context: Context,
  owner: LedgerOwner,
  threshold: Threshold,
  { after, full }: Withdrawal,
): Promise<void> {
  await recordEvent(tx, context, threshold, owner.customerId, {
    subscriptionId: owner.subscriptionId,
    customerId: owner.shownCustomerId,
    ...amountsOf(threshold, Number(after), full, owner.currency),
  })
}

function amountsOf(threshold: Threshold, left: number, full: bigint, currency: string): EventData {
  const tenth = Number(full / 10n)
  switch (threshold) {
    case 'credits.low':
      return { remainingCredits: left, thresholdCredits: tenth, periodCredits: Number(full) }
    case 'credits.depleted':
      return { remainingCredits: left }
    case 'balance.low':
      return { currentBalance: left, thresholdBalance: tenth, currency }
    case 'balance.depleted':
      return { currentBalance: left, currency }
    default:
      return threshold satisfies never
  }
}
