import type { CustomerRecord } from '#customers/customer.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** `payment.received` for an invoice that was settled elsewhere: there is no transaction and no provider to name. */
export async function tellSettledOutside(
  tx: Tx,
  context: Context,
  invoice: InvoiceRecord,
  customer: CustomerRecord,
): Promise<void> {
  await recordEvent(tx, context, 'payment.received', customer.id, {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    customerId: publicCustomerId(customer),
    subscriptionId: invoice.subscriptionId,
    paymentTransactionId: null,
    provider: null,
    grossAmount: Number(invoice.total),
    currency: invoice.currency,
    orgNetAmount: Number(invoice.total - invoice.taxAmount),
    customerEmail: customer.email,
    paidAt: context.now.toString({ smallestUnit: 'millisecond' }),
  })
}
