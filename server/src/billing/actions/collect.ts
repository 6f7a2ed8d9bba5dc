import { failRenewal } from '#billing/actions/fail-renewal.ts'
import { settlePayment } from '#billing/actions/settle-payment.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import type { Attempt, Purpose } from '#payments/attempt.ts'
import type { PaymentMethod } from '#payments/payment-method.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

export type Collection = {
  readonly invoice: InvoiceRecord
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  /** What is charged, when there is something: read before the invoice takes its number, which others wait for. */
  readonly method: PaymentMethod | undefined
  readonly purpose: Extract<Purpose, 'renewal' | 'final_invoice'>
}

/**
 * Collects an invoice off-session from the customer's stored method: records the attempt that is to be performed after the
 * commit. A zero total is paid without a charge; without a method the invoice is treated like a declined one. Both
 * return null.
 */
export async function collect(
  tx: Tx,
  context: Context,
  { invoice, subscription, customer, method, purpose }: Collection,
): Promise<Attempt | null> {
  if (invoice.total === 0n) {
    await settlePayment(tx, context, await payInvoice(tx, context, invoice.id), null)
    return null
  }
  if (!method) {
    if (purpose === 'renewal') {
      await failRenewal(tx, context, invoice, {
        code: 'no_payment_method',
        message: 'The customer has no stored payment method.',
      })
    }
    return null
  }
  return beginAttempt(tx, context, {
    kind: 'charge',
    purpose,
    customerId: customer.id,
    subscriptionId: subscription.id,
    invoiceId: invoice.id,
    checkoutId: null,
    paymentMethodId: method.id,
    provider: method.provider,
    token: method.providerToken,
    offSession: true,
    amount: invoice.total,
    subtotal: invoice.total - invoice.taxAmount,
    taxAmount: invoice.taxAmount,
    currency: invoice.currency,
    customerEmail: customer.email,
    customerName: customer.fullName ?? publicCustomerId(customer),
  })
}
