import { changeAccess } from '#billing/actions/change-access.ts'
import { nextDue } from '#billing/next-due.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { queueMail } from '#mail/outbox.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { isBefore } from '#time/period.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** Takes a scheduled cancellation back; it runs on as if it had never been asked for. */
export async function uncancelSubscription(
  tx: Tx,
  context: Context,
  id: string,
): Promise<{ subscription: SubscriptionRecord; customer: CustomerRecord }> {
  const { org, now, today } = context
  const { subscription, customer } = await lockWithCustomer(tx, context, id)
  await refuseWhileChanging(tx, org, id)
  // Its last day may have passed without billing having come to it yet.
  const hasEnded = subscription.cancelEffectiveOn !== null && !isBefore(today, subscription.cancelEffectiveOn)
  if (subscription.status === 'canceled' || hasEnded) {
    const message = `The subscription ${id} has ended already: nothing is scheduled any more.`
    throw new Problem('not_scheduled_for_cancellation', message)
  }
  if (subscription.cancelRequestedAt === null) {
    throw new Problem('not_scheduled_for_cancellation', `The subscription ${id} is not scheduled to be canceled.`)
  }
  const running = await changeAccess(tx, org.id, id, {
    cancelRequestedAt: null,
    cancelEffectiveOn: null,
    cancelReason: null,
    dueAt: nextDue({ ...subscription, cancelRequestedAt: null }, now),
    updatedAt: now,
  })
  const told = { subscriptionId: id, customerId: publicCustomerId(customer), status: running.status }
  await tellState(tx, context, customer.id, 'cancellation_revoked')
  await recordEvent(tx, context, 'subscription.cancellation_revoked', customer.id, {
    ...told,
    ...(running.periodEnd ? { currentPeriodEnd: `${running.periodEnd.toString()}T00:00:00.000Z` } : {}),
  })
  await recordEvent(tx, context, 'subscription.updated', customer.id, { ...told, cancelReason: null })
  const renewal = { planName: running.name, renewsOn: running.periodEnd?.toString() ?? null }
  await queueMail(tx, context, customer.id, 'cancel_undone', renewal)
  return { subscription: running, customer }
}
