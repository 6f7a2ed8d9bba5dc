import { openWindow } from '#billing/actions/open-window.ts'
import { firstHeldLines } from '#billing/actions/held-lines.ts'
import { tellReceived } from '#billing/actions/settle-payment.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { planBase } from '#billing/charges/plan-base.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { findPriceByInterval } from '#catalogue/prices.store.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { repriceInvoice } from '#invoicing/actions/reprice-invoice.ts'
import { buyerOf } from '#invoicing/buyer.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { findInvoicesOfSubscription, type InvoiceRecord, updateInvoice } from '#invoicing/invoices.store.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { type Attempt, isInFlight } from '#payments/attempt.ts'
import { findInvoiceAttempt, hasOpenDispute } from '#payments/attempts.store.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { Problem } from '#problem.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import { beginRetry, withoutMethod } from '#subscriptions/actions/retry-renewal.ts'
import { firstWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import { findLiveSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * Begins to make a subscription active again (subscriptions.md, Reactivating): past_due tries its renewal again, canceled gets a
 * `reactivation` invoice at today's price, which an earlier try may have left outstanding. Gives the charge to perform after the
 * commit; null when nothing had to be paid.
 */
export async function beginReactivation(tx: Tx, context: Context, id: string): Promise<Attempt | null> {
  const { subscription, customer } = await lockWithCustomer(tx, context, id)
  if (await hasOpenDispute(tx, context.org.id, id)) {
    throw new Problem('subscription_has_open_dispute', 'A payment of this subscription is disputed.')
  }
  if (subscription.status === 'past_due') return beginRetry(tx, context, subscription)
  if (subscription.status !== 'canceled') {
    throw new Problem('invalid_subscription_status', `The subscription ${id} is ${subscription.status}.`)
  }
  const live = await findLiveSubscription(tx, context.org.id, customer.id)
  if (live) {
    throw new Problem('already_has_active_subscription', `The customer has another subscription, ${live.id}.`)
  }
  return beginAnew(tx, context, subscription, customer)
}

async function beginAnew(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<Attempt | null> {
  const { org } = context
  const { plan, price } = await whatIsSold(tx, context, subscription)
  const invoice = await invoiceOf(tx, context, subscription, customer, plan, price?.price ?? 0n)
  if (invoice.total === 0n) {
    const paid = await payInvoice(tx, context, invoice.id)
    await reactivate(tx, context, subscription, paid)
    return null
  }
  const newest = await findInvoiceAttempt(tx, org.id, invoice.id)
  if (newest && isInFlight(newest.state)) {
    throw new Problem('charge_in_progress', 'This subscription is being paid right now. Look again in a minute.')
  }
  const method = await findDefaultMethod(tx, org.id, customer.id)
  if (!method) throw withoutMethod(context, subscription)
  return beginAttempt(tx, context, {
    kind: 'charge',
    purpose: 'reactivation',
    customerId: customer.id,
    subscriptionId: subscription.id,
    invoiceId: invoice.id,
    checkoutId: null,
    paymentMethodId: method.id,
    provider: method.provider,
    token: method.providerToken,
    offSession: true,
    amount: invoice.total,
    subtotal: invoice.total - invoice.taxAmount,
    taxAmount: invoice.taxAmount,
    currency: invoice.currency,
    customerEmail: customer.email,
    customerName: customer.fullName ?? publicCustomerId(customer),
  })
}

// Hidden and deleted plans, and intervals that are not sold any more, are not come back to.
async function whatIsSold(
  tx: Tx,
  { org }: Context,
  { id, planId, priceId, billingInterval }: SubscriptionRecord,
): Promise<{ plan: Plan; price: PlanPrice | null }> {
  const plan = (await findPlansById(tx, org.id, [planId])).get(planId)
  if (!plan || plan.deletedAt !== null || !plan.isPublic) {
    throw new Problem('plan_unavailable', `The plan of ${id} is not sold any more.`)
  }
  if (priceId === null || billingInterval === null) return { plan, price: null }
  const price = await findPriceByInterval(tx, org.id, planId, billingInterval)
  if (!price) throw new Problem('plan_unavailable', `The plan ${plan.code} has no ${billingInterval} price any more.`)
  return { plan, price }
}

async function invoiceOf(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  plan: Plan,
  price: bigint,
): Promise<InvoiceRecord> {
  const window = windowFrom(context, subscription)
  const lines = await linesFor(tx, context, subscription, plan, price, window)
  const outstanding = await findInvoicesOfSubscription(tx, context.org.id, subscription.id, 'outstanding')
  const earlier = outstanding.find(({ type }) => type === 'reactivation')
  const period = { periodStart: window.periodStart, periodEnd: window.periodEnd ?? window.endsOn }
  if (earlier) return repriceInvoice(tx, context, earlier, { lines, ...period })
  return issueInvoice(tx, context, {
    type: 'reactivation',
    cause: null,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: window.number,
    currency: subscription.currency,
    planName: plan.name,
    ...period,
    lines,
    finalFor: null,
  })
}

async function linesFor(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  plan: Plan,
  price: bigint,
  window: WindowPlan,
): Promise<DraftLine[]> {
  if (subscription.priceId === null) return []
  const base = planBase({ name: plan.name, price }, window)
  return [base, ...(await firstHeldLines(tx, context, subscription, window))]
}

function windowFrom({ today }: Context, { billingInterval, priceId, windowNumber }: SubscriptionRecord): WindowPlan {
  return firstWindow({ on: today, billingInterval, isFree: priceId === null, trialDays: 0 }, windowNumber + 1)
}

/** A reactivation was paid, by the stored method or by another card: its period begins today. */
export async function completeReactivation(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  invoice: InvoiceRecord,
  attempt: Attempt,
): Promise<void> {
  const paid = await updateInvoice(tx, context.org.id, invoice.id, { buyer: buyerOf(customer) })
  await tellReceived(tx, context, paid, attempt)
  await reactivate(tx, context, subscription, paid)
}

async function reactivate(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
): Promise<void> {
  const { org, today, now } = context
  const line = subscription.priceId === null ? 0n : (invoice.subtotal ?? 0n)
  const running = await openWindow(
    tx,
    context,
    subscription,
    windowFrom(context, subscription),
    {
      status: 'active',
      anchor: today,
      billingDayOfMonth: subscription.priceId === null ? null : today.day,
      trialEndsOn: null,
      discountKind: null,
      discountType: null,
      discountValue: null,
      discountName: null,
      discountCycles: null,
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
      basePrice: line,
      updatedAt: now,
    },
    new Catalogue(org.id),
  )
  await tellState(tx, context, subscription.customerId, 'subscription_activated')
  const at = (day: Temporal.PlainDate) => `${day.toString()}T00:00:00.000Z`
  await recordEvent(tx, context, 'subscription.reactivated', subscription.customerId, {
    subscriptionId: running.id,
    customerId: await publicIdOf(tx, context, subscription.customerId),
    status: running.status,
    ...(running.periodStart ? { currentPeriodStart: at(running.periodStart) } : {}),
    ...(running.periodEnd ? { currentPeriodEnd: at(running.periodEnd) } : {}),
    name: running.name,
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    invoiceCurrency: invoice.currency,
    provider: running.provider ?? 'commet',
  })
}
