import { changeAccess } from '#billing/actions/change-access.ts'
import { activeAgain } from '#billing/next-due.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { queueMail } from '#mail/outbox.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * The invoice that a subscription was past due for is paid, however: it is active again with its old anchor, and the renewals
 * that fell due meanwhile follow in order. Gives the subscription as it was when the invoice is another one.
 */
export async function recover(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
): Promise<SubscriptionRecord> {
  const { org, now } = context
  if (subscription.status !== 'past_due' || subscription.declinedInvoiceId !== invoice.id) return subscription
  const standing = activeAgain(subscription, now)
  const recovered = await changeAccess(tx, org.id, subscription.id, { ...standing, updatedAt: now })
  const customer = (await findCustomersById(tx, org.id, [invoice.customerId])).get(invoice.customerId)
  await tellState(tx, context, invoice.customerId, 'subscription_activated')
  await recordEvent(tx, context, 'payment.recovered', invoice.customerId, {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    customerId: customer ? publicCustomerId(customer) : invoice.customerId,
    subscriptionId: subscription.id,
  })
  await queueMail(tx, context, invoice.customerId, 'payment_recovered', {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    amount: invoice.total.toString(),
    currency: invoice.currency,
    planName: subscription.name,
  })
  return recovered
}
