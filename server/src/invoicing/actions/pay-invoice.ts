import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { type InvoiceRecord, lockInvoice, updateInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'

/** Marks an outstanding invoice as paid now and finalises it. */
export async function payInvoice(tx: Tx, { org, now }: Context, invoiceId: string): Promise<InvoiceRecord> {
  const invoice = await lockInvoice(tx, org.id, invoiceId)
  assert(invoice, `invoice ${invoiceId} exists`)
  assert.equal(invoice.status, 'outstanding', `invoice ${invoiceId} waits for its payment`)
  return updateInvoice(tx, org.id, invoiceId, {
    status: 'paid',
    paidAt: now,
    finalisedAt: invoice.finalisedAt ?? now,
    updatedAt: now,
  })
}
