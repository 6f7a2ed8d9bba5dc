import assert from 'node:assert/strict'
import { awaitCheckout } from '#billing/actions/await-checkout.ts'
import { billFinalWindow } from '#billing/actions/bill-final-window.ts'
import { closeAllWindows, closeWindow } from '#billing/actions/close-window.ts'
import { collect } from '#billing/actions/collect.ts'
import { endAccess } from '#billing/actions/end-access.ts'
import { renewalHeldLines } from '#billing/actions/held-lines.ts'
import { issueWindowInvoice } from '#billing/actions/issue-window-invoice.ts'
import { openWindow } from '#billing/actions/open-window.ts'
import { tellTrialExpired } from '#billing/actions/tell-trial-expired.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import { billWindow, type WindowBill } from '#billing/window-bill.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { carryLines, placeLines, waitingLines } from '#invoicing/carried-lines.store.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { endsPeriod, nextWindow } from '#subscriptions/schedule.ts'
import type { SubscriptionChanges, SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { isBefore } from '#time/period.ts'

/**
 * One due step of a running subscription: its window ended at `context.now`. Closes and bills it, opens the next one or ends
 * the subscription where a cancellation was scheduled. Returns the attempt to perform after the commit, if money is owed.
 */
export async function endWindow(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
): Promise<Attempt | null> {
  const customer = await customerOf(tx, context.org.id, subscription)
  return isCanceledBy(context.today, subscription)
    ? end(tx, context, subscription, customer, catalogue)
    : renew(tx, context, subscription, customer, catalogue)
}

async function end(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  catalogue: Catalogue,
): Promise<Attempt | null> {
  const windows = await closeAllWindows(tx, context, subscription, catalogue)
  const attempt = await billFinalWindow(tx, context, subscription, customer, windows, catalogue)
  await endAccess(tx, context, subscription, customer, subscription.cancelReason)
  return attempt
}

async function renew(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  catalogue: Catalogue,
): Promise<Attempt | null> {
  const { org } = context
  const closed = await closeWindow(tx, context, subscription, catalogue)
  const { anchor, ...next } = nextWindow({
    window: closed.window,
    anchor: anchorOf(subscription),
    billingInterval: subscription.billingInterval,
    trialEndsOn: subscription.trialEndsOn,
  })
  const base = endsPeriod(closed.window) ? await nextBase(tx, subscription, catalogue) : null
  const isTrialOver = closed.window.kind === 'trial' && next.kind === 'paid'
  const isCheckout = isTrialOver && !(await findDefaultMethod(tx, org.id, customer.id))
  const waiting = await waitingLines(tx, org.id, subscription.id)
  const bill = billWindow({
    ...closed,
    currency: currency(subscription.currency),
    next,
    base: base && { ...base, discount: runningDiscount(subscription) },
    held: await renewalHeldLines(tx, context, subscription, closed, next),
    waiting,
    isCheckout,
  })
  const planName = base?.planName ?? subscription.name
  if (isCheckout) {
    const due = { bill, planName, basePrice: base?.price ?? subscription.basePrice }
    return awaitCheckout(tx, context, { subscription, customer }, due)
  }
  const changes: SubscriptionChanges = {
    anchor,
    ...(base ? { basePrice: base.price } : {}),
    ...(isTrialOver ? { status: 'active', billingDayOfMonth: anchor.day } : {}),
    ...discountChanges(subscription, bill),
  }
  const running = await openWindow(tx, context, subscription, next, changes, catalogue)
  if (isTrialOver) await tellTrialExpired(tx, context, { subscription: running, customer }, planName)
  return settleBill(tx, context, { subscription: running, customer, catalogue }, bill, waiting.length > 0)
}

async function settleBill(
  tx: Tx,
  context: Context,
  of: { subscription: SubscriptionRecord; customer: CustomerRecord; catalogue: Catalogue },
  bill: WindowBill,
  wereWaiting: boolean,
): Promise<Attempt | null> {
  const { org, now } = context
  const { subscription, customer, catalogue } = of
  if (bill.kind === 'nothing') return null
  if (bill.kind === 'wait') {
    await carryLines(tx, org.id, subscription.id, bill.lines, now)
    return null
  }
  const plan = await catalogue.plan(tx, subscription.planId)
  const method = await findDefaultMethod(tx, org.id, customer.id)
  const invoice = await issueWindowInvoice(tx, context, { subscription, customer }, bill, {
    windowNumber: subscription.windowNumber - 1,
    planName: plan?.name ?? subscription.name,
    isFinal: true,
  })
  if (wereWaiting) await placeLines(tx, org.id, subscription.id, invoice.id)
  return collect(tx, context, { invoice, subscription, customer, method, purpose: 'renewal' })
}

// The base of the period that begins: today's price (catalogue.md, a base price changes at the next renewal).
async function nextBase(
  tx: Tx,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
): Promise<{ planName: string; price: bigint }> {
  assert(subscription.priceId, `subscription ${subscription.id} has a price`)
  const price = await catalogue.price(tx, subscription.priceId)
  const plan = await catalogue.plan(tx, subscription.planId)
  return { planName: plan?.name ?? subscription.name, price: price?.price ?? subscription.basePrice }
}

function isCanceledBy(today: Temporal.PlainDate, { cancelEffectiveOn }: SubscriptionRecord): boolean {
  return cancelEffectiveOn !== null && !isBefore(today, cancelEffectiveOn)
}

function discountChanges(subscription: SubscriptionRecord, bill: WindowBill): SubscriptionChanges {
  const isUsed = bill.kind !== 'nothing' && bill.discountUsed
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
