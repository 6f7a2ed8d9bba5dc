import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { markOverdue } from '#invoicing/invoices.store.ts'
import { toInvoiceEvent } from '#invoicing/invoices.view.ts'
import type { Context } from '#organisations/org.ts'
import { recordEvents } from '#webhooks/outbox.ts'

/**
 * Tells `invoice.overdue` of outstanding invoices whose due day is over at `context.now`, once for each; at most `limit` of them.
 * Checkouts' invoices are not final and never overdue. Gives the customers concerned.
 */
export async function tellOverdue(tx: Tx, context: Context, limit: number): Promise<string[]> {
  const { org, now, today } = context
  const overdue = await markOverdue(tx, org.id, { before: today, at: now, limit })
  const customers = await findCustomersById(
    tx,
    org.id,
    overdue.map(({ customerId }) => customerId),
  )
  await recordEvents(
    tx,
    context,
    overdue.map((invoice) => {
      const customer = customers.get(invoice.customerId)
      const shown = customer ? publicCustomerId(customer) : invoice.customerId
      return { type: 'invoice.overdue', customerId: invoice.customerId, data: toInvoiceEvent(invoice, shown) }
    }),
  )
  return overdue.map(({ customerId }) => customerId)
}
