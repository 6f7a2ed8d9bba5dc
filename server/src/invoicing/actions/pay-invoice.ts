import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { type InvoiceRecord, markPaid } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'

/** Marks an outstanding invoice as paid now and finalises it. */
export async function payInvoice(tx: Tx, { org, now }: Context, invoiceId: string): Promise<InvoiceRecord> {
  const paid = await markPaid(tx, org.id, invoiceId, now)
  assert(paid, `invoice ${invoiceId} exists and waits for its payment`)
  return paid
}
