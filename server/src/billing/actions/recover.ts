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
 * An invoice is paid, however. The subscription that was past due for it is active again with its old anchor, and the renewals
 * that fell due meanwhile follow in order. `payment.recovered` is told of every invoice whose failure was told, also where nobody
 * was past due for it, as for what an ended subscription owes. Gives the subscription as it is then.
 */
export async function recover(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  { invoice, hasFailed }: { readonly invoice: InvoiceRecord; readonly hasFailed: boolean },
): Promise<SubscriptionRecord> {
  if (subscription.status !== 'past_due' || subscription.declinedInvoiceId !== invoice.id) {
    if (hasFailed) await tellRecovered(tx, context, subscription, invoice)
    return subscription
  }
  const { org, now } = context
  const recovered = await changeAccess(tx, org.id, subscription.id, {
    ...activeAgain(subscription, now),
    updatedAt: now,
  })
  await tellState(tx, context, invoice.customerId, 'subscription_activated')
  await tellRecovered(tx, context, subscription, invoice)
  await queueMail(tx, context, invoice.customerId, 'payment_recovered', {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    amount: invoice.total.toString(),
    currency: invoice.currency,
    planName: subscription.name,
  })
  return recovered
}

async function tellRecovered(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
): Promise<void> {
  const customer = (await findCustomersById(tx, context.org.id, [invoice.customerId])).get(invoice.customerId)
  await recordEvent(tx, context, 'payment.recovered', invoice.customerId, {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    customerId: customer ? publicCustomerId(customer) : invoice.customerId,
    subscriptionId: subscription.id,
  })
}
