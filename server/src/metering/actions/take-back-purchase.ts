import type { Tx } from '#database/transaction.ts'
import { type LedgerOwner, tellThreshold } from '#metering/actions/tell-threshold.ts'
import { fullOf, heldIn } from '#metering/ledger.ts'
import { enterMovements, lockAccount, windowOfPurchase } from '#metering/ledger-accounts.store.ts'
import { findPurchase } from '#metering/ledger-purchases.store.ts'
import { remainingOf } from '#metering/take-back.ts'
import { thresholdPassed } from '#metering/thresholds.ts'
import type { Context } from '#organisations/org.ts'

/**
 * Takes back what a refunded invoice bought, as far as it remains. The caller holds the subscription's lock and has not locked
 * its counters. Nothing happens for invoices that bought nothing.
 */
export async function takeBackPurchase(
  tx: Tx,
  context: Context,
  invoiceId: string,
  owner: Omit<LedgerOwner, 'subscriptionId'>,
): Promise<void> {
  const { org, now } = context
  const purchase = await findPurchase(tx, org.id, invoiceId)
  if (!purchase || purchase.fulfilledAt === null) return
  const { subscriptionId, kind, amount } = purchase
  const account = await lockAccount(tx, org.id, subscriptionId)
  const windowNumber = account && (await windowOfPurchase(tx, org.id, subscriptionId, invoiceId))
  if (!account || windowNumber === undefined) return
  const taken = remainingOf({ kind, amount, windowNumber }, account)
  if (taken === 0n) return
  const movement = kind === 'credits' ? { purchasedCredits: -taken } : { balance: -taken }
  const before = heldIn(kind, account)
  const withdrawal = {
    model: kind,
    before,
    after: before - taken,
    full: fullOf(kind, account),
    lowTold: account.lowTold,
  }
  const threshold = account.model === kind ? thresholdPassed(withdrawal) : null
  await enterMovements(tx, org.id, account, [{ kind: 'refund', invoiceId, ...movement }], {
    at: now,
    changes: threshold === 'credits.low' ? { lowTold: true } : {},
  })
  if (threshold) await tellThreshold(tx, context, { ...owner, subscriptionId }, threshold, withdrawal)
}
