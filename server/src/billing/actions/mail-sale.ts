import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import type { Context } from '#organisations/org.ts'

/**
 * Mails operators who asked for it that somebody has bought: a plan, by its first payment, or something that is paid once. `sold`
 * names it. What costs nothing is no sale.
 */
export async function mailSale(tx: Tx, { org, now }: Context, invoice: InvoiceRecord, sold: string): Promise<void> {
  if (invoice.total === 0n) return
  const customer = (await findCustomersById(tx, org.id, [invoice.customerId])).get(invoice.customerId)
  const facts = {
    customer: customer?.email ?? invoice.customerId,
    sold,
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    amount: invoice.total.toString(),
    currency: invoice.currency,
  }
  await insertOperatorMail(tx, org.id, { kind: 'sale_made', facts }, now)
}
