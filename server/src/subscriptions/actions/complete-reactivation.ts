import assert from 'node:assert/strict'
import { windowsAfter } from '#billing/actions/close-window.ts'
import { restartHeld } from '#billing/actions/held-lines.ts'
import { withdrawalFact } from '#billing/actions/offer-withdrawal.ts'
import { openWindow } from '#billing/actions/open-window.ts'
import { tellActivated, tellReceived } from '#billing/actions/settle-payment.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout } from '#hosted/checkouts.store.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { copiesOf } from '#invoicing/buyer.ts'
import { linesOf } from '#invoicing/invoice-lines.store.ts'
import { type InvoiceRecord, moveLines, updateInvoice } from '#invoicing/invoices.store.ts'
import { queueMail } from '#mail/outbox.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findSold, windowFromToday } from '#subscriptions/actions/price-reactivation.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { discountColumns } from '#subscriptions/selection.ts'
import { mayBecome } from '#subscriptions/subscription.ts'
import {
  lockSubscription,
  type SubscriptionChanges,
  type SubscriptionRecord,
} from '#subscriptions/subscriptions.store.ts'
import { findWindows, insertClosedWindows, windowPlanOf } from '#subscriptions/windows.store.ts'
import { startInstant } from '#time/period.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A locked, canceled subscription whose reactivation is paid; `attempt` null when there was nothing to charge. */
export type PaidReactivation = {
  readonly subscription: SubscriptionRecord
  readonly invoice: InvoiceRecord
  readonly attempt: Attempt | null
}

/** The stored method was charged for a reactivation. */
export async function completeReactivation(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { org, now } = context
  assert(attempt.subscriptionId && attempt.invoiceId, `${attempt.id} pays for a subscription`)
  const subscription = await lockSubscription(tx, org.id, attempt.subscriptionId)
  assert(subscription, `subscription ${attempt.subscriptionId} exists`)
  await endCheckout(tx, org.id, subscription.id, 'canceled', now)
  await beginAnew(tx, context, { subscription, invoice: await payInvoice(tx, context, attempt.invoiceId), attempt })
}

/**
 * Makes a canceled subscription active again, however its reactivation was paid: a period of its own from today, which billing
 * days are counted from; purchased credits are there again, discounts and add-ons are not.
 */
export async function beginAnew(
  tx: Tx,
  context: Context,
  { subscription, invoice, attempt }: PaidReactivation,
): Promise<void> {
  const { org } = context
  assert(mayBecome(subscription.status, 'active'), `${subscription.id} may become active from ${subscription.status}`)
  const window = await windowFromToday(tx, context, subscription)
  await fillWindows(tx, context, subscription, window)
  await restartHeld(tx, context, subscription.id, window)
  const paid = await finalise(tx, context, invoice, window)
  if (attempt) await tellReceived(tx, context, paid, attempt)
  const changes = await changesOf(tx, context, subscription, paid)
  const running = await openWindow(tx, context, subscription, window, changes, new Catalogue(org.id))
  const isFirst = subscription.activatedAt === null && subscription.priceId !== null
  if (isFirst) await tellActivated(tx, context, running, paid)
  else await tellState(tx, context, subscription.customerId, 'subscription_activated')
  await tellReactivated(tx, context, running, paid, isFirst)
}

// What was used while it was past due may have counted in windows that nobody opened.
async function fillWindows(
  tx: Tx,
  { org }: Context,
  subscription: SubscriptionRecord,
  next: WindowPlan,
): Promise<void> {
  const { id, windowNumber, planId } = subscription
  if (next.number === windowNumber + 1) return
  const [last] = await findWindows(tx, org.id, id, { from: windowNumber, to: windowNumber })
  assert(last?.closedAt && last.closedRevision !== null, `the last window of ${id} is closed`)
  const { closedAt: at, closedRevision: revision } = last
  const missing = [...windowsAfter(subscription, windowPlanOf(last), next.number - 1)]
  const windows = missing.map((plan) => ({ subscriptionId: id, planId, plan, termsRevision: revision, openedAt: at }))
  await insertClosedWindows(tx, org.id, windows, { at, revision })
}

// The buyer's details and the period are those of the day it was paid.
async function finalise(
  tx: Tx,
  { org, now }: Context,
  invoice: InvoiceRecord,
  window: WindowPlan,
): Promise<InvoiceRecord> {
  const customer = (await findCustomersById(tx, org.id, [invoice.customerId])).get(invoice.customerId)
  assert(customer, `invoice ${invoice.id} has its customer`)
  const period = { startsOn: window.periodStart, endsOn: window.periodEnd ?? window.endsOn }
  await moveLines(tx, org.id, invoice.id, period)
  return updateInvoice(tx, org.id, invoice.id, {
    ...copiesOf(customer, invoice),
    periodStart: period.startsOn,
    periodEnd: period.endsOn,
    updatedAt: now,
  })
}

async function changesOf(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
): Promise<SubscriptionChanges> {
  const { org, now, today } = context
  const lines = (await linesOf(tx, org.id, [invoice.id])).get(invoice.id) ?? []
  const base = lines.find(({ lineType }) => lineType === 'plan_base')
  const sold = await findSold(tx, context, subscription)
  const isPaid = subscription.priceId !== null
  return {
    status: 'active',
    anchor: today,
    billingDayOfMonth: isPaid ? today.day : null,
    priceId: sold?.price?.id ?? subscription.priceId,
    basePrice: base?.amount ?? subscription.basePrice,
    activatedAt: isPaid ? (subscription.activatedAt ?? now) : subscription.activatedAt,
    trialEndsOn: null,
    ...discountColumns(null),
    discountCyclesUsed: 0,
    cancelRequestedAt: null,
    cancelEffectiveOn: null,
    cancelReason: null,
    canceledAt: null,
    endedAt: null,
    firstDeclinedAt: null,
    retries: 0,
    declinedInvoiceId: null,
    remindedOn: null,
  }
}

async function tellReactivated(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
  isTold: boolean,
): Promise<void> {
  const { customerId, periodStart, periodEnd, name, provider } = subscription
  const customer = (await findCustomersById(tx, context.org.id, [customerId])).get(customerId)
  const at = (day: Temporal.PlainDate) => startInstant(day).toString({ smallestUnit: 'millisecond' })
  await recordEvent(tx, context, 'subscription.reactivated', customerId, {
    subscriptionId: subscription.id,
    customerId: customer ? publicCustomerId(customer) : customerId,
    status: subscription.status,
    ...(periodStart ? { currentPeriodStart: at(periodStart) } : {}),
    ...(periodEnd ? { currentPeriodEnd: at(periodEnd) } : {}),
    name,
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    invoiceCurrency: invoice.currency,
    provider: provider ?? 'commet',
  })
  if (isTold) return
  const way = await withdrawalFact(tx, context, subscription.id, customerId)
  const begun = { planName: name, renewsOn: periodEnd?.toString() ?? null, ...way }
  await queueMail(tx, context, customerId, 'subscription_reactivated', begun)
}
