import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { noteSellerCurrency } from '#invoicing/actions/note-seller-currency.ts'
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
  const invoices = invoiceIds.map((id) => {
    const invoice = paid.get(id)
    assert(invoice, `invoice ${id} exists and waits for its payment`)
    return invoice
  })
  const isNewlyFinal = ({ finalisedAt }: InvoiceRecord) => finalisedAt?.epochNanoseconds === now.epochNanoseconds
  const noted = new Map(
    (await noteSellerCurrency(tx, org.id, invoices.filter(isNewlyFinal))).map((invoice) => [invoice.id, invoice]),
  )
  return invoices.map((invoice) => noted.get(invoice.id) ?? invoice)
}
