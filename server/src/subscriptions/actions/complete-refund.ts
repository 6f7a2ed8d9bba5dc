import { endAddons } from '#billing/actions/end-addons.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { returnCredit } from '#invoicing/customer-credit.store.ts'
import { linesOf } from '#invoicing/invoice-lines.store.ts'
import { findInvoice, findInvoicesOfSubscription, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import { queueMail } from '#mail/outbox.ts'
import { takeBackPurchase } from '#metering/actions/take-back-purchase.ts'
import { heldPeriod } from '#metering/held.ts'
import type { Context } from '#organisations/org.ts'
import type { Refunded } from '#payments/services.ts'
import { endForgiven } from '#subscriptions/actions/end-forgiven.ts'
import { findActivationOfInvoice } from '#subscriptions/addons.store.ts'
import { endsWhenRefunded } from '#subscriptions/refund.ts'
import { hasAccess } from '#subscriptions/subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findOpenWindow, windowPlanOf } from '#subscriptions/windows.store.ts'
import { isBefore, utcDay } from '#time/period.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * A charge was given back (payments.md, Transactions): what it bought is taken back as far as it remains, and the subscription
 * whose period it paid ends at once. The invoice stays paid; the transaction says that it was refunded.
 */
export async function completeRefund(tx: Tx, context: Context, refunded: Refunded): Promise<void> {
  const { org } = context
  const { refund, attempt, customer, subscription } = refunded
  const invoice = attempt.invoiceId === null ? undefined : await findInvoice(tx, org.id, attempt.invoiceId)
  const shownCustomerId = publicCustomerId(customer)
  await recordEvent(tx, context, 'payment.refunded', customer.id, {
    paymentTransactionId: attempt.id,
    provider: attempt.provider,
    paymentLinkId: attempt.purpose === 'payment_link' ? attempt.paymentId : null,
    invoiceId: attempt.invoiceId,
    invoiceNumber: invoice?.number ?? null,
    customerId: shownCustomerId,
    subscriptionId: attempt.subscriptionId,
    refundAmount: Number(refund.amount),
    currency: refund.currency,
  })
  if (!invoice) return
  await queueMail(tx, context, customer.id, 'refunded', {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    amount: refund.amount.toString(),
    currency: refund.currency,
  })
  // What customer credit paid of it is kept for the customer again; credit that it granted stays theirs.
  await returnCredit(tx, org.id, invoice.id, context.now)
  const owner = { customerId: customer.id, shownCustomerId, currency: refund.currency }
  await takeBackPurchase(tx, context, invoice.id, owner)
  if (subscription) await takeBackAddon(tx, context, subscription, invoice, refunded)
  if (subscription && (await isEndedBy(tx, context, subscription, invoice))) {
    await endForgiven(tx, context, subscription, customer, 'refund')
  }
}

// An add-on whose activation was given back ends, or the next renewal would charge for what was returned. One that a
// renewal has paid for since, or that was activated anew, stays.
async function takeBackAddon(
  tx: Tx,
  context: Context,
  { id, status, windowNumber }: SubscriptionRecord,
  invoice: InvoiceRecord,
  { customer }: Refunded,
): Promise<void> {
  const bought = await findActivationOfInvoice(tx, context.org.id, invoice.id)
  if (bought?.state !== 'active' || bought.subscriptionId !== id || !hasAccess(status)) return
  const open = await findOpenWindow(tx, context.org.id, id)
  if (!open || isBefore(utcDay(invoice.issuedAt), heldPeriod(windowPlanOf(open)).start)) return
  await endAddons(tx, context, { subscription: { id }, customer, windowNumber }, [bought])
}

async function isEndedBy(
  tx: Tx,
  { org }: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
): Promise<boolean> {
  if (subscription.status === 'canceled' || subscription.id !== invoice.subscriptionId) return false
  // A free plan's invoice is for its add-ons alone: nothing of the plan is given back.
  const lines = (await linesOf(tx, org.id, [invoice.id])).get(invoice.id) ?? []
  if (!lines.some(({ lineType }) => lineType === 'plan_base')) return false
  const paid = await findInvoicesOfSubscription(tx, org.id, subscription.id, 'paid')
  return endsWhenRefunded(invoice, paid)
}
