import { dropAwaited } from '#billing/actions/drop-awaited-change.ts'
import { endAllAddons } from '#billing/actions/end-addons.ts'
import { tellRevoked } from '#billing/actions/revoke-plan-change.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { queueMail } from '#mail/outbox.ts'
import { emptyLedger } from '#metering/actions/empty-ledger.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import { clearReserved, closeOpenCounters } from '#metering/counters.store.ts'
import { releaseReservations } from '#metering/reservations.store.ts'
import type { Context } from '#organisations/org.ts'
import { nothingScheduled } from '#subscriptions/plan-change.ts'
import { findOpenChange } from '#subscriptions/plan-changes.store.ts'
import { type SubscriptionRecord, updateAccess } from '#subscriptions/subscriptions.store.ts'
import { withdrawn } from '#subscriptions/withdrawal.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** The reason of a subscription that ended because its renewal was never paid. */
export const notPaid = 'dunning_exhausted'

/**
 * Ends a subscription now: canceled, nothing due any more, every counter closed, its add-ons ended, `subscription.canceled`. Its windows are
 * closed and billed already; a counter that usage had opened ahead of billing is not left open for anybody, and what was
 * reserved is not held any more.
 */
export async function endAccess(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  reason: string | null,
): Promise<SubscriptionRecord> {
  const { org, now, today } = context
  const waiting = await findOpenChange(tx, org.id, subscription.id)
  if (waiting?.state === 'awaiting') await dropAwaited(tx, context, waiting, customer)
  await emptyLedger(tx, context, subscription.id, { id: customer.id, publicId: publicCustomerId(customer) })
  await closeOpenCounters(tx, org.id, subscription.id)
  await clearReserved(tx, org.id, subscription.id)
  await releaseReservations(tx, org.id, subscription.id, now)
  const ended = await updateAccess(tx, org.id, subscription.id, {
    status: 'canceled',
    canceledAt: now,
    endedAt: now,
    cancelReason: reason,
    ...nothingScheduled,
    dueAt: null,
    updatedAt: now,
  })
  await endAllAddons(tx, context, { subscription, customer, windowNumber: subscription.windowNumber })
  await tellRevoked(tx, context, subscription, customer)
  const at = now.toString({ smallestUnit: 'millisecond' })
  await tellState(tx, context, customer.id, 'subscription_canceled')
  await recordEvent(tx, context, 'subscription.canceled', customer.id, {
    subscriptionId: ended.id,
    customerId: publicCustomerId(customer),
    status: ended.status,
    canceledAt: at,
    cancelReason: ended.cancelReason,
    endDate: at,
  })
  // Whoever ends for not paying is told so (`exhaust-retries.ts`), and whoever withdraws by the receipt of it: not twice.
  if (reason === notPaid || reason === withdrawn) return ended
  await queueMail(tx, context, customer.id, 'subscription_ended', {
    planName: ended.name,
    endedOn: today.toString(),
  })
  return ended
}
