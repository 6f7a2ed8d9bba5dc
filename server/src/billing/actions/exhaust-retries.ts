import { closeAllWindows } from '#billing/actions/close-window.ts'
import { endAccess, notPaid } from '#billing/actions/end-access.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { forgiveLines } from '#invoicing/carried-lines.store.ts'
import { type InvoiceRecord, updateInvoice } from '#invoicing/invoices.store.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import { queueMail } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * The last try of a renewal failed: its invoice is given up, the subscription ends (`dunning_exhausted`). What was used since
 * is forgiven: there is nothing left to charge it to.
 */
export async function exhaustRetries(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  invoice: InvoiceRecord,
): Promise<void> {
  const { org, now } = context
  await updateInvoice(tx, org.id, invoice.id, { status: 'uncollectible', updatedAt: now })
  await recordEvent(tx, context, 'payment.retry_failed', customer.id, {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    customerId: publicCustomerId(customer),
    subscriptionId: subscription.id,
    reason: notPaid,
  })
  await closeAllWindows(tx, context, subscription, new Catalogue(org.id))
  await forgiveLines(tx, org.id, subscription.id, now)
  await endAccess(tx, context, subscription, customer, notPaid)
  const about = {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    amount: invoice.total.toString(),
    currency: invoice.currency,
    planName: subscription.name,
  }
  await queueMail(tx, context, customer.id, 'canceled_for_non_payment', about)
  const lost = { kind: 'subscription_unpaid', facts: { ...about, customer: customer.email } } as const
  await insertOperatorMail(tx, org.id, lost, now)
}
