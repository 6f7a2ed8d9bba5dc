import type { Tx } from '#database/transaction.ts'
import { mailThreshold } from '#metering/actions/mail-threshold.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Threshold, Withdrawal } from '#metering/thresholds.ts'
import type { Moment } from '#organisations/org.ts'
import { type EventData, recordEvent } from '#webhooks/outbox.ts'

export type LedgerOwner = {
  readonly subscriptionId: string
  readonly customerId: string
  readonly shownCustomerId: string
  readonly currency: string
}

/**
 * Tells that a withdrawal passed a threshold, in its transaction and after the account was changed: what is depleted comes
 * with the customer's state before it. The customer is mailed once in a window of each.
 */
export async function tellThreshold(
  tx: Tx,
  context: Moment,
  owner: LedgerOwner,
  threshold: Threshold,
  { after, full }: Pick<Withdrawal, 'after' | 'full'>,
): Promise<void> {
  if (threshold === 'credits.depleted') await tellState(tx, context, owner.customerId, 'credits_depleted')
  if (threshold === 'balance.depleted') await tellState(tx, context, owner.customerId, 'balance_depleted')
  await recordEvent(tx, context, threshold, owner.customerId, {
    subscriptionId: owner.subscriptionId,
    customerId: owner.shownCustomerId,
    ...amountsOf(threshold, Number(after), full, owner.currency),
  })
  await mailThreshold(tx, context, owner, threshold, after)
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
