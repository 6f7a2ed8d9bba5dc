import assert from 'node:assert/strict'
import { tellReceived } from '#billing/actions/settle-payment.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout } from '#hosted/checkouts.store.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { findInvoice, type InvoiceRecord, moveToWindow, updateInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { withChange } from '#subscriptions/actions/after-offered-change.ts'
import { applyPlanChange, windowOfChange } from '#subscriptions/actions/apply-plan-change.ts'
import { finalise, storeCard } from '#subscriptions/actions/complete-checkout.ts'
import { redeemPromoCode, releasePromoCode } from '#subscriptions/actions/redeem-promo-code.ts'
import { endPlanChange, findChangeOfInvoice, type PlanChangeRecord } from '#subscriptions/plan-changes.store.ts'
import { type SubscriptionRecord, updateSubscription } from '#subscriptions/subscriptions.store.ts'
import { utcDay } from '#time/period.ts'

/**
 * A change was charged: its invoice is paid and it takes effect as it was decided, from the moment it was, however long its customer
 * took to answer their bank: what they saw is what they pay and what they get.
 */
export async function completePlanChange(
  tx: Tx,
  context: Context,
  attempt: Attempt,
  subscription: SubscriptionRecord | undefined,
): Promise<void> {
  const { change, customer } = await openChange(tx, context, attempt)
  assert(subscription?.id === change.subscriptionId, `${attempt.id} changes the plan of its subscription`)
  const invoice = await payInvoice(tx, context, invoiceIdOf(attempt))
  await tellReceived(tx, context, invoice, attempt)
  await endPlanChange(tx, context.org.id, change.id, 'applied', context.now)
  const then = { ...context, now: change.decidedAt, today: utcDay(change.decidedAt) }
  await applyPlanChange(tx, then, { subscription, customer, change, invoice, attempt })
}

/** A change was declined: its invoice is void and nothing else has changed. */
export async function refusePlanChange(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { change, customer } = await openChange(tx, context, attempt)
  const invoice = await findInvoice(tx, context.org.id, invoiceIdOf(attempt))
  assert(invoice, `${attempt.id} is for an invoice`)
  await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  await endPlanChange(tx, context.org.id, change.id, 'declined', context.now)
}

/** A free customer's checkout was paid: the card is kept, and the paid plan begins today. */
export async function completePaidChange(
  tx: Tx,
  context: Context,
  attempt: Attempt,
  subscription: SubscriptionRecord | undefined,
): Promise<void> {
  const { org, now } = context
  const { change, customer } = await openChange(tx, context, attempt)
  assert(subscription?.id === change.subscriptionId, `${attempt.id} changes the plan of its subscription`)
  await redeemPromoCode(tx, context, withChange(subscription, change))
  await storeCard(tx, context, subscription, attempt)
  await endCheckout(tx, org.id, subscription.id, 'complete', now)
  const paid = await finalise(tx, context, await payInvoice(tx, context, invoiceIdOf(attempt)))
  const known = await updateSubscription(tx, org.id, subscription.id, { provider: attempt.provider })
  await beginPaid(tx, context, { change, customer, subscription: known }, paid, attempt)
}

/** A free customer's card was declined: nothing has changed, and until it is tried again its promo code is not held for it. */
export async function refusePaidChange(
  tx: Tx,
  context: Context,
  attempt: Attempt,
  subscription: SubscriptionRecord | undefined,
): Promise<void> {
  const { change } = await openChange(tx, context, attempt)
  await releasePromoCode(tx, context, subscription && withChange(subscription, change))
}

/** A change that waits for its payment, with the locked subscription. */
export type Awaiting = {
  readonly change: PlanChangeRecord
  readonly customer: CustomerRecord
  readonly subscription: SubscriptionRecord
}

/** The invoice of a free customer's change is paid, however: the switch takes effect, and its period begins today. */
export async function beginPaid(
  tx: Tx,
  context: Context,
  { change, customer, subscription }: Awaiting,
  paid: InvoiceRecord,
  attempt: Attempt | null,
): Promise<void> {
  const { org, now } = context
  if (attempt?.kind === 'charge') await tellReceived(tx, context, paid, attempt)
  await endPlanChange(tx, org.id, change.id, 'applied', now)
  const invoice = await datedToday(tx, context, subscription, change, paid)
  await applyPlanChange(tx, context, { subscription, customer, change, invoice, attempt })
}

// The free plan's windows went on while the checkout was open.
async function datedToday(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  change: PlanChangeRecord,
  invoice: InvoiceRecord,
): Promise<InvoiceRecord> {
  const { org, now } = context
  const window = windowOfChange(context, subscription, change)
  const period = { startsOn: window.periodStart, endsOn: window.periodEnd ?? window.endsOn }
  await moveToWindow(tx, org.id, invoice.id, { ...period, windowNumber: window.number })
  return updateInvoice(tx, org.id, invoice.id, {
    periodStart: period.startsOn,
    periodEnd: period.endsOn,
    updatedAt: now,
  })
}

async function openChange(
  tx: Tx,
  { org }: Context,
  attempt: Attempt,
): Promise<{ change: PlanChangeRecord; customer: CustomerRecord }> {
  const change = await findChangeOfInvoice(tx, org.id, invoiceIdOf(attempt))
  const customer = (await findCustomersById(tx, org.id, [attempt.customerId])).get(attempt.customerId)
  assert(change && customer, `${attempt.id} pays a change of plan`)
  return { change, customer }
}

function invoiceIdOf({ id, invoiceId }: Attempt): string {
  assert(invoiceId, `${id} pays an invoice`)
  return invoiceId
}
