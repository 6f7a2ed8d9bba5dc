import assert from 'node:assert/strict'
import { billFinalWindow } from '#billing/actions/bill-final-window.ts'
import { changeAccess } from '#billing/actions/change-access.ts'
import { closeWindow } from '#billing/actions/close-window.ts'
import { collect } from '#billing/actions/collect.ts'
import { endAccess } from '#billing/actions/end-access.ts'
import { renewalHeldLines } from '#billing/actions/held-lines.ts'
import { openWindow } from '#billing/actions/open-window.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import { billWindow, type WindowBill } from '#billing/window-bill.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { findPriceById } from '#catalogue/prices.store.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import { findCustomersById, publicCustomerId } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { insertCheckout } from '#hosted/checkouts.store.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { carryLines, placeLines, waitingLines } from '#invoicing/carried-lines.store.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { endsPeriod, nextWindow } from '#subscriptions/schedule.ts'
import type { SubscriptionChanges, SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * One due step of a running subscription: its window ended at `context.now`. Closes and bills it, opens the next one or ends
 * the subscription where a cancellation was scheduled. Returns the attempt to perform after the commit, if money is owed.
 */
export async function endWindow(tx: Tx, context: Context, subscription: SubscriptionRecord): Promise<Attempt | null> {
  const closed = await closeWindow(tx, context, subscription)
  const { org } = context
  const customer = await customerOf(tx, org.id, subscription)
  if (subscription.cancelEffectiveOn?.equals(closed.window.endsOn)) {
    const ended = await endAccess(tx, context, subscription, customer, subscription.cancelReason)
    return billFinalWindow(tx, context, ended, customer, closed)
  }
  const next = nextWindow({
    window: closed.window,
    anchor: anchorOf(subscription),
    billingInterval: subscription.billingInterval,
    trialEndsOn: subscription.trialEndsOn,
  })
  const base = endsPeriod(closed.window) ? await nextBase(tx, context, subscription) : null
  const bill = billWindow({
    ...closed,
    currency: currency(subscription.currency),
    next,
    base: base && { ...base, discount: runningDiscount(subscription) },
    held: await renewalHeldLines(tx, context, subscription, closed, next),
    waiting: await waitingLines(tx, org.id, subscription.id),
  })
  const isTrialOver = closed.window.kind === 'trial' && next.kind === 'paid'
  if (isTrialOver && !(await findDefaultMethod(tx, org.id, customer.id))) {
    return awaitCheckout(tx, context, subscription, customer, bill)
  }
  const running = await openWindow(tx, context, subscription, next, {
    anchor: next.anchor,
    ...(base ? { basePrice: base.price } : {}),
    ...(isTrialOver ? { status: 'active', billingDayOfMonth: next.anchor.day } : {}),
    ...discountChanges(subscription, bill),
  })
  if (isTrialOver) await tellTrialExpired(tx, context, running, customer, base?.planName ?? '')
  return bill.kind === 'nothing' || bill.kind === 'forgive'
    ? null
    : settleBill(tx, context, running, customer, bill, closed.window.number)
}

// A trial ran out and there is no card to charge: access stops until the checkout of its invoice is paid.
async function awaitCheckout(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  bill: WindowBill,
): Promise<null> {
  const { org, now, links } = context
  const waiting = await changeAccess(tx, org.id, subscription.id, {
    status: 'pending_payment',
    dueAt: null,
    updatedAt: now,
  })
  const plan = (await findPlansById(tx, org.id, [subscription.planId])).get(subscription.planId)
  await tellTrialExpired(tx, context, waiting, customer, plan?.name ?? subscription.name)
  if (bill.kind !== 'invoice') return null
  const invoice = await issue(tx, context, waiting, customer, bill, { number: waiting.windowNumber, isFinal: false })
  const checkout = await insertCheckout(
    tx,
    org.id,
    {
      kind: invoice.total === 0n ? 'setup' : 'payment',
      subscriptionId: waiting.id,
      invoiceId: invoice.id,
      successUrl: waiting.successUrl,
    },
    now,
  )
  await recordEvent(tx, context, 'checkout.ready', customer.id, {
    subscriptionId: waiting.id,
    customerId: publicCustomerId(customer),
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    invoiceCurrency: invoice.currency,
    checkoutUrl: links.checkout(org.id, checkout.id),
  })
  return null
}

async function settleBill(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  bill: Extract<WindowBill, { kind: 'invoice' | 'wait' }>,
  windowNumber: number,
): Promise<Attempt | null> {
  const { org, now } = context
  if (bill.kind === 'wait') {
    await carryLines(tx, org.id, subscription.id, bill.lines, now)
    return null
  }
  const invoice = await issue(tx, context, subscription, customer, bill, { number: windowNumber, isFinal: true })
  await placeLines(tx, org.id, subscription.id, invoice.id)
  return collect(tx, context, { invoice, subscription, customer, purpose: 'renewal' })
}

async function issue(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  bill: Extract<WindowBill, { kind: 'invoice' }>,
  window: { number: number; isFinal: boolean },
): Promise<InvoiceRecord> {
  const plan = (await findPlansById(tx, context.org.id, [subscription.planId])).get(subscription.planId)
  return issueInvoice(tx, context, {
    type: bill.type,
    cause: bill.cause,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: window.number,
    currency: subscription.currency,
    planName: plan?.name ?? subscription.name,
    periodStart: bill.periodStart,
    periodEnd: bill.periodEnd,
    lines: bill.lines,
    isFinal: window.isFinal,
  })
}

// The base of the period that begins: today's price (catalogue.md, a base price changes at the next renewal).
async function nextBase(
  tx: Tx,
  { org }: Context,
  subscription: SubscriptionRecord,
): Promise<{ planName: string; price: bigint }> {
  assert(subscription.priceId, `subscription ${subscription.id} has a price`)
  const price = await findPriceById(tx, org.id, subscription.priceId)
  const plan = (await findPlansById(tx, org.id, [subscription.planId])).get(subscription.planId)
  return { planName: plan?.name ?? subscription.name, price: price?.price ?? subscription.basePrice }
}

function discountChanges(subscription: SubscriptionRecord, bill: WindowBill): SubscriptionChanges {
  const isUsed = (bill.kind === 'invoice' || bill.kind === 'wait') && bill.discountUsed
  return isUsed ? { discountCyclesUsed: subscription.discountCyclesUsed + 1 } : {}
}

function anchorOf(subscription: SubscriptionRecord): Temporal.PlainDate {
  assert(subscription.anchor, `subscription ${subscription.id} has an anchor`)
  return subscription.anchor
}

async function customerOf(tx: Tx, orgId: string, subscription: SubscriptionRecord): Promise<CustomerRecord> {
  const customer = (await findCustomersById(tx, orgId, [subscription.customerId])).get(subscription.customerId)
  assert(customer, `customer ${subscription.customerId} exists`)
  return customer
}

async function tellTrialExpired(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  planName: string,
): Promise<void> {
  await recordEvent(tx, context, 'trial.expired', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    status: subscription.status,
    planId: subscription.planId,
    planName,
    trialEndsAt: `${String(subscription.trialEndsOn)}T00:00:00.000Z`,
  })
}
