import assert from 'node:assert/strict'
import { changeAccess } from '#billing/actions/change-access.ts'
import { findCustomersById, publicCustomerId } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { queueMail } from '#mail/outbox.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { findSubscription } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type PaymentFailure = { readonly code: string; readonly message: string }

/**
 * A renewal's charge was declined: the invoice stays outstanding, the subscription becomes past_due and keeps its access
 * (billing.md, Dunning). While it is past_due nothing further is invoiced.
 */
export async function failRenewal(
  tx: Tx,
  context: Context,
  invoice: InvoiceRecord,
  failure: PaymentFailure,
): Promise<void> {
  const { org, now } = context
  assert(invoice.subscriptionId, `invoice ${invoice.id} renews a subscription`)
  const subscription = await findSubscription(tx, org.id, invoice.subscriptionId)
  const customer = (await findCustomersById(tx, org.id, [invoice.customerId])).get(invoice.customerId)
  assert(subscription && customer, `invoice ${invoice.id} has its subscription and customer`)
  const customerId = publicCustomerId(customer)
  await recordEvent(tx, context, 'payment.failed', customer.id, {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    customerId,
    subscriptionId: subscription.id,
    failureCode: failure.code,
    failureMessage: failure.message,
    recoveryUrl: null,
  })
  await queueMail(tx, context, customer.id, 'payment_failed', {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    amount: invoice.total.toString(),
    currency: invoice.currency,
    planName: subscription.name,
    declineCode: failure.code,
    recoveryUrl: null,
    nextRetryAt: null,
  })
  if (subscription.status !== 'active') return
  await changeAccess(tx, org.id, subscription.id, { status: 'past_due', dueAt: null, updatedAt: now })
  await tellState(tx, context, customer.id, 'past_due')
  await recordEvent(tx, context, 'subscription.past_due', customer.id, {
    subscriptionId: subscription.id,
    customerId,
    status: 'past_due',
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
  })
}
