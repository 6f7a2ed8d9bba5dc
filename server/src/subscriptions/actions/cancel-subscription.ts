import assert from 'node:assert/strict'
import { changeAccess } from '#billing/actions/change-access.ts'
import { endSubscription } from '#billing/actions/end-subscription.ts'
import { gatherDue } from '#billing/actions/gather-due.ts'
import { tellRevoked } from '#billing/actions/revoke-plan-change.ts'
import { isDue } from '#billing/actions/run-due.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { nextDue } from '#billing/next-due.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import { lockCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { findInvoicesOfSubscription } from '#invoicing/invoices.store.ts'
import { queueMail } from '#mail/outbox.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { endPending } from '#subscriptions/actions/replace-pending.ts'
import { nothingScheduled } from '#subscriptions/plan-change.ts'
import { cancelsAtPeriodEnd } from '#subscriptions/subscription.ts'
import { findSubscription, lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type Cancellation = {
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  /** The final charge to perform after the commit, when usage is owed. */
  readonly attempt: Attempt | null
  /** What was used comes to more than any answer could show, and is not asked for. */
  readonly isTooLarge: boolean
}

/**
 * Cancels (subscriptions.md, Canceling): active and trialing at the period's end unless `immediate`, everything else at once.
 * What was due before has been run: what ends is the period of now.
 */
export async function cancelSubscription(
  tx: Tx,
  context: Context,
  input: { id: string; reason: string | null; immediate: boolean },
): Promise<Cancellation> {
  const { subscription, customer } = await lockWithCustomer(tx, context, input.id)
  refuse(subscription, input.immediate)
  await refuseWhileChanging(tx, context.org, subscription.id)
  if (isDue(subscription, context.now)) throw beingCharged()
  if (cancelsAtPeriodEnd(subscription.status) && subscription.priceId !== null && !input.immediate) {
    const scheduled = await schedule(tx, context, subscription, customer, input.reason)
    return { subscription: scheduled, customer, ...nothingCharged }
  }
  if (subscription.status === 'draft' || subscription.status === 'pending_payment') {
    return {
      subscription: await endPending(tx, context, subscription, customer, input.reason),
      customer,
      ...nothingCharged,
    }
  }
  // Who cut a scheduled cancellation short has said why already.
  const said = subscription.cancelRequestedAt === null ? null : subscription.cancelReason
  return endNow(tx, context, subscription, customer, input.reason ?? said)
}

const nothingCharged = { attempt: null, isTooLarge: false } as const

/** The subscription, locked after its customer: the one order of locks. */
export async function lockWithCustomer(
  tx: Tx,
  { org }: Context,
  id: string,
): Promise<{ subscription: SubscriptionRecord; customer: CustomerRecord }> {
  const found = await findSubscription(tx, org.id, id)
  if (!found) throw new Problem('subscription_not_found', `There is no subscription ${id}.`)
  const customer = await lockCustomer(tx, org.id, found.customerId)
  const subscription = await lockSubscription(tx, org.id, id)
  assert(customer && subscription, `subscription ${id} and its customer exist`)
  return { subscription, customer }
}

function refuse(subscription: SubscriptionRecord, isImmediate: boolean): void {
  if (subscription.status === 'canceled') {
    throw new Problem(
      'subscription_already_canceled',
      `The subscription ${subscription.id} was canceled on ${String(subscription.canceledAt)}.`,
    )
  }
  // One that is scheduled may still be ended at once.
  if (subscription.cancelRequestedAt !== null && cancelsAtPeriodEnd(subscription.status) && !isImmediate) {
    throw new Problem(
      'already_scheduled',
      `The subscription ${subscription.id} is already scheduled to end on ${String(subscription.cancelEffectiveOn)}.`,
    )
  }
  const isRunning = subscription.status === 'active' || subscription.status === 'past_due'
  if (subscription.billingInterval === 'one_time' && isRunning) {
    throw new Problem(
      'one_time_subscription_not_cancelable',
      'A one-time purchase has no renewal to cancel. Refund its payment instead.',
    )
  }
}

async function schedule(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  reason: string | null,
): Promise<SubscriptionRecord> {
  const { org, now } = context
  const effectiveOn = subscription.periodEnd
  assert(effectiveOn, `subscription ${subscription.id} has a period to end`)
  const scheduled = await changeAccess(tx, org.id, subscription.id, {
    cancelRequestedAt: now,
    cancelEffectiveOn: effectiveOn,
    cancelReason: reason,
    ...nothingScheduled,
    dueAt: nextDue({ ...subscription, ...nothingScheduled, cancelRequestedAt: now }, now),
    updatedAt: now,
  })
  await tellRevoked(tx, context, subscription, customer)
  const customerId = publicCustomerId(customer)
  const told = { subscriptionId: scheduled.id, customerId, status: scheduled.status, cancelReason: reason }
  await tellState(tx, context, customer.id, 'cancellation_scheduled')
  await recordEvent(tx, context, 'subscription.cancellation_scheduled', customer.id, {
    ...told,
    canceledAt: now.toString({ smallestUnit: 'millisecond' }),
    effectiveAt: `${effectiveOn.toString()}T00:00:00.000Z`,
  })
  await recordEvent(tx, context, 'subscription.updated', customer.id, {
    ...told,
    canceledAt: now.toString({ smallestUnit: 'millisecond' }),
    endDate: `${effectiveOn.toString()}T00:00:00.000Z`,
  })
  const ending = { planName: scheduled.name, endsOn: effectiveOn.toString() }
  await queueMail(tx, context, customer.id, 'cancel_scheduled', ending)
  return scheduled
}

// Bills what was used so far and refunds nothing; what is unpaid of a past_due subscription is voided.
async function endNow(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  reason: string | null,
): Promise<Cancellation> {
  const { org } = context
  for (const invoice of await findInvoicesOfSubscription(tx, org.id, subscription.id, 'outstanding')) {
    const attempt = await findInvoiceAttempt(tx, org.id, invoice.id)
    if (attempt && isInFlight(attempt.state)) throw beingCharged()
    if (subscription.status === 'past_due') await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  }
  const [due] = await gatherDue(tx, org.id, [subscription])
  assert(due, 'what was gathered for one subscription is there')
  return { ...(await endSubscription(tx, context, due, reason, new Catalogue(org.id))), customer }
}

function beingCharged(): Problem {
  return new Problem(
    'charge_in_progress',
    'An invoice of this subscription is being charged at this moment. Try again in a minute.',
  )
}
