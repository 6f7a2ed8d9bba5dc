import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { type InvoiceRecord, markPaid } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'

/** Marks an outstanding invoice as paid now and finalises it. */
export async function payInvoice(tx: Tx, context: Context, invoiceId: string): Promise<InvoiceRecord> {
  const [paid] = await payInvoices(tx, context, [invoiceId])
  assert(paid, 'one invoice is paid')
  return paid
}

/** The same for several. Gives them in their order. */
export async function payInvoices(
  tx: Tx,
  { org, now }: Context,
  invoiceIds: readonly string[],
): Promise<InvoiceRecord[]> {
  const paid = await markPaid(tx, org.id, invoiceIds, now)
  return invoiceIds.map((id) => {
    const invoice = paid.get(id)
    assert(invoice, `invoice ${id} exists and waits for its payment`)
    return invoice
  })
}
