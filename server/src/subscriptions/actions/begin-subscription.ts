import type { Plan } from '#catalogue/plan.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { insertCheckout } from '#hosted/checkouts.store.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { startFree } from '#subscriptions/actions/activate-subscription.ts'
import { firstCharges } from '#subscriptions/actions/first-charges.ts'
import { leavesEnough, trialBase } from '#subscriptions/actions/price-checkout.ts'
import { discountColumns } from '#subscriptions/selection.ts'
import { type SubscriptionRecord, updateSubscription } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * What follows from a new subscription (subscriptions.md, Creating, 4): a free plan gives access at once; a paid one gets its
 * first invoice and a checkout; a trial a checkout that only stores a card; a draft waits for its day.
 */
export async function begin(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  plan: Plan,
): Promise<SubscriptionRecord> {
  if (subscription.status !== 'draft' && subscription.priceId === null) {
    const running = await startFree(tx, context, subscription)
    await tellCreated(tx, context, running, customer, plan)
    return running
  }
  await tellCreated(tx, context, subscription, customer, plan)
  if (subscription.status === 'draft') return subscription
  return offer(tx, context, subscription, customer, plan)
}

/** A draft's day has come. */
export async function beginDraft(
  tx: Tx,
  context: Context,
  draft: SubscriptionRecord,
  customer: CustomerRecord,
  plan: Plan,
): Promise<SubscriptionRecord> {
  const status = draft.priceId === null ? 'active' : 'pending_payment'
  const subscription = await updateSubscription(tx, context.org.id, draft.id, {
    status,
    dueAt: null,
    updatedAt: context.now,
  })
  if (subscription.priceId !== null) return offer(tx, context, subscription, customer, plan)
  const running = await startFree(tx, context, subscription)
  // A free plan is never activated by a payment; that its customer has access from today is told all the same.
  await tellState(tx, context, customer.id, 'subscription_activated')
  return running
}

async function offer(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  plan: Plan,
): Promise<SubscriptionRecord> {
  if (subscription.trialDays === 0) return offerCheckout(tx, context, subscription, customer, plan)
  const kept = leavesEnough(subscription, [trialBase(context, subscription)])
  const offered = kept ? subscription : await dropCode(tx, context, subscription)
  await offerTrial(tx, context, offered, customer, plan)
  return offered
}

function dropCode(tx: Tx, { org, now }: Context, { id }: SubscriptionRecord): Promise<SubscriptionRecord> {
  return updateSubscription(tx, org.id, id, { ...discountColumns(null), updatedAt: now })
}

async function offerTrial(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  plan: Plan,
): Promise<void> {
  const { org, now, links } = context
  const checkout = await insertCheckout(
    tx,
    org.id,
    { kind: 'trial', subscriptionId: subscription.id, invoiceId: null, successUrl: subscription.successUrl },
    now,
  )
  await recordEvent(tx, context, 'trial.checkout_ready', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    planName: plan.name,
    trialDays: subscription.trialDays,
    checkoutUrl: links.checkout(org.id, checkout.id),
  })
}

async function offerCheckout(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  plan: Plan,
): Promise<SubscriptionRecord> {
  const { window, lines, isCodeKept } = await firstCharges(tx, context, subscription, plan)
  const offered = isCodeKept ? subscription : await dropCode(tx, context, subscription)
  const invoice = await issueInvoice(tx, context, {
    type: 'recurring',
    cause: 'first',
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: window.number,
    currency: subscription.currency,
    planName: plan.name,
    periodStart: window.periodStart,
    periodEnd: window.periodEnd ?? window.endsOn,
    lines,
    finalFor: null,
  })
  await openCheckout(tx, context, subscription, customer, invoice, invoice.total === 0n ? 'setup' : 'payment')
  return offered
}

/** Opens the checkout of an outstanding invoice, `checkout.ready` with it. */
export async function openCheckout(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  invoice: InvoiceRecord,
  kind: 'payment' | 'setup',
): Promise<void> {
  const { org, now, links } = context
  const checkout = await insertCheckout(
    tx,
    org.id,
    { kind, subscriptionId: subscription.id, invoiceId: invoice.id, successUrl: subscription.successUrl },
    now,
  )
  await recordEvent(tx, context, 'checkout.ready', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    invoiceCurrency: invoice.currency,
    checkoutUrl: links.checkout(org.id, checkout.id),
  })
}

async function tellCreated(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  plan: Plan,
): Promise<void> {
  await tellState(tx, context, customer.id, 'subscription_created')
  await recordEvent(tx, context, 'subscription.created', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    planId: plan.id,
    planName: plan.name,
    status: subscription.status,
    startDate: subscription.startDate.toString({ smallestUnit: 'millisecond' }),
    name: subscription.name,
  })
}
