import { failRenewal } from '#billing/actions/fail-renewal.ts'
import { settlePayments } from '#billing/actions/settle-payment.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { payInvoices } from '#invoicing/actions/pay-invoice.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempts, type NewAttempt } from '#payments/actions/begin-attempt.ts'
import type { Attempt, Purpose } from '#payments/attempt.ts'
import type { PaymentMethod } from '#payments/payment-method.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

export type Collection = {
  readonly invoice: InvoiceRecord
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  readonly method: PaymentMethod | undefined
  readonly purpose: Extract<Purpose, 'renewal' | 'final_invoice'>
  /** The subscription ends with it: whatever pays it activates nothing. */
  readonly isEnd: boolean
}

/**
 * Collects invoices off-session from their customers' stored methods: records the attempts that are to be performed after the
 * commit. A zero total is paid without a charge; without a method the invoice is treated like a declined one.
 */
export async function collect(tx: Tx, context: Context, collections: readonly Collection[]): Promise<Attempt[]> {
  const charges: NewAttempt[] = []
  const free: Collection[] = []
  for (const collection of collections) {
    const { invoice, method } = collection
    if (invoice.total === 0n) free.push(collection)
    else if (method) charges.push(chargeOf(collection, method))
    else if (collection.purpose === 'renewal') await failRenewal(tx, context, invoice, withoutMethod)
  }
  await settleFree(tx, context, free)
  return beginAttempts(tx, context, charges)
}

async function settleFree(tx: Tx, context: Context, free: readonly Collection[]): Promise<void> {
  const ids = free.map(({ invoice }) => invoice.id)
  const payments = (await payInvoices(tx, context, ids)).map((invoice, index) => {
    const collected = free[index]
    return { invoice, attempt: null, subscription: collected?.isEnd ? undefined : collected?.subscription }
  })
  await settlePayments(tx, context, payments)
}

const withoutMethod = { code: 'no_payment_method', message: 'The customer has no stored payment method.' }

/** The off-session charge of an invoice to a stored method. */
export function chargeOf(
  { invoice, customer, purpose }: Pick<Collection, 'invoice' | 'customer'> & { readonly purpose: Purpose },
  method: PaymentMethod,
): NewAttempt {
  return {
    kind: 'charge',
    purpose,
    customerId: customer.id,
    subscriptionId: invoice.subscriptionId,
    invoiceId: invoice.id,
    checkoutId: null,
    paymentMethodId: method.id,
    provider: method.provider,
    connectionId: method.connectionId,
    token: method.providerToken,
    offSession: true,
    amount: invoice.total,
    subtotal: invoice.total - invoice.taxAmount,
    taxAmount: invoice.taxAmount,
    currency: invoice.currency,
    customerEmail: customer.email,
    customerName: customer.fullName ?? publicCustomerId(customer),
  }
}
