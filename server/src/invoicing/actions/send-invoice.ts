import type { Tx } from '#database/transaction.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import { queueAskedMail } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { utcDay } from '#time/period.ts'

/** E-mails an invoice with its PDF to the customer, whatever mails are switched off: somebody asked for it. */
export async function sendInvoice(tx: Tx, context: Context, id: string): Promise<void> {
  const invoice = await findInvoice(tx, context.org.id, id)
  if (!invoice) throw new Problem('invoice_not_found', `There is no invoice ${id}.`)
  if (invoice.status === 'void' || invoice.status === 'draft') {
    throw new Problem(
      'invalid_subscription_status',
      `The invoice ${id} is ${invoice.status}: it is not sent to anybody.`,
    )
  }
  await queueAskedMail(tx, context, invoice.customerId, 'invoice_sent', {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    amount: invoice.total.toString(),
    currency: invoice.currency,
    dueOn: utcDay(invoice.dueAt).toString(),
  })
}
