import assert from 'node:assert/strict'
import { changeAccess } from '#billing/actions/change-access.ts'
import { dropAwaited } from '#billing/actions/drop-awaited-change.ts'
import { settlePayments } from '#billing/actions/settle-payment.ts'
import { tellSettledOutside } from '#billing/actions/tell-settled-outside.ts'
import { activeAgain } from '#billing/next-due.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import { lockCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout } from '#hosted/checkouts.store.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { copiesOf } from '#invoicing/buyer.ts'
import { findInvoice, type InvoiceRecord, updateInvoice } from '#invoicing/invoices.store.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { activateSubscription } from '#subscriptions/actions/activate-subscription.ts'
import { withChange } from '#subscriptions/actions/after-offered-change.ts'
import { beginAnew } from '#subscriptions/actions/complete-reactivation.ts'
import { redeemSettledOutside } from '#subscriptions/actions/redeem-promo-code.ts'
import { endPending } from '#subscriptions/actions/replace-pending.ts'
import { type Awaiting, beginPaid } from '#subscriptions/actions/settle-plan-change.ts'
import { addPurchase } from '#subscriptions/actions/settle-purchase.ts'
import { findChangeOfInvoice } from '#subscriptions/plan-changes.store.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** An outstanding invoice that nobody is charging, its customer and its subscription: all locked. */
type Open = {
  readonly invoice: InvoiceRecord
  readonly customer: CustomerRecord
  readonly subscription: SubscriptionRecord | undefined
}

/**
 * Records that an outstanding invoice was settled elsewhere, with everything a payment brings about, or voids it (billing.md,
 * Invoices). 404 invoice_not_found, 409 invalid_subscription_status when it is not outstanding, 409 charge_in_progress while
 * it is being charged.
 */
export async function setInvoiceStatus(
  tx: Tx,
  context: Context,
  { id, status }: { readonly id: string; readonly status: 'paid' | 'void' },
): Promise<InvoiceRecord> {
  const open = await lockOpen(tx, context, id)
  await (status === 'paid' ? settle(tx, context, open) : revoke(tx, context, open))
  const invoice = await findInvoice(tx, context.org.id, id)
  assert(invoice?.status === status, `invoice ${id} is ${status}`)
  return invoice
}

async function lockOpen(tx: Tx, { org }: Context, id: string): Promise<Open> {
  const found = await findInvoice(tx, org.id, id)
  if (!found) throw new Problem('invoice_not_found', `There is no invoice ${id}.`)
  const customer = await lockCustomer(tx, org.id, found.customerId)
  const { subscriptionId } = found
  const subscription = subscriptionId === null ? undefined : await lockSubscription(tx, org.id, subscriptionId)
  // Read again under the locks: whoever held them may have settled it.
  const invoice = await findInvoice(tx, org.id, id)
  assert(customer && invoice, `invoice ${id} and its customer exist`)
  if (invoice.status !== 'outstanding') {
    throw new Problem('invalid_subscription_status', `The invoice ${invoice.number} is ${invoice.status}.`)
  }
  const attempt = await findInvoiceAttempt(tx, org.id, id)
  if (attempt && isInFlight(attempt.state)) {
    throw new Problem('charge_in_progress', 'This invoice is being charged at this moment. Try again in a minute.')
  }
  return { invoice, customer, subscription }
}

async function settle(tx: Tx, context: Context, { invoice, customer, subscription }: Open): Promise<void> {
  const paid = await payInvoice(tx, context, invoice.id)
  await tellSettledOutside(tx, context, paid, customer)
  if (subscription?.status === 'pending_payment') return begin(tx, context, paid, customer, subscription)
  const change = await findChangeOfInvoice(tx, context.org.id, invoice.id)
  if (subscription && change?.state === 'awaiting') {
    return changeFree(tx, context, paid, { change, customer, subscription })
  }
  if (subscription?.status === 'canceled' && paid.type === 'reactivation') {
    await endCheckout(tx, context.org.id, subscription.id, 'complete', context.now)
    return beginAnew(tx, context, { subscription, invoice: paid, attempt: null })
  }
  await settlePayments(tx, context, [{ invoice: paid, attempt: null, subscription }])
  // Nothing happens for an invoice that sold neither credits nor a balance.
  await addPurchase(tx, context, paid, { hasReceipt: false })
}

// The invoice of a checkout: the subscription begins, without a stored card.
async function begin(
  tx: Tx,
  context: Context,
  invoice: InvoiceRecord,
  customer: CustomerRecord,
  subscription: SubscriptionRecord,
): Promise<void> {
  const { org, now } = context
  await redeemSettledOutside(tx, context, subscription)
  await endCheckout(tx, org.id, subscription.id, 'complete', now)
  const final = await updateInvoice(tx, org.id, invoice.id, copiesOf(customer, invoice))
  await activateSubscription(tx, context, subscription, final)
}

// The invoice of a free customer's change of plan: it takes effect, without a stored card.
async function changeFree(tx: Tx, context: Context, invoice: InvoiceRecord, awaiting: Awaiting): Promise<void> {
  const { org, now } = context
  await redeemSettledOutside(tx, context, withChange(awaiting.subscription, awaiting.change))
  await endCheckout(tx, org.id, awaiting.subscription.id, 'complete', now)
  const final = await updateInvoice(tx, org.id, invoice.id, copiesOf(awaiting.customer, invoice))
  await beginPaid(tx, context, awaiting, final, null)
}

async function revoke(tx: Tx, context: Context, { invoice, customer, subscription }: Open): Promise<void> {
  // Nothing is left to pay in the checkout: what waited for it ends.
  if (subscription?.status === 'pending_payment') {
    await endPending(tx, context, subscription, customer, 'invoice_voided')
    return
  }
  const change = await findChangeOfInvoice(tx, context.org.id, invoice.id)
  if (change?.state === 'awaiting') return dropAwaited(tx, context, change, customer)
  await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  if (subscription && invoice.type === 'reactivation') {
    await endCheckout(tx, context.org.id, subscription.id, 'canceled', context.now)
  }
  if (subscription?.status === 'past_due' && subscription.declinedInvoiceId === invoice.id) {
    await release(tx, context, subscription, customer)
  }
}

// What it was past due for is not owed any more: active again, and the renewals that fell due meanwhile follow.
async function release(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<void> {
  const { org, now } = context
  await changeAccess(tx, org.id, subscription.id, { ...activeAgain(subscription, now), updatedAt: now })
  await tellState(tx, context, customer.id, 'subscription_activated')
}
