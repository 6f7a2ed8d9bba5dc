import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { type DraftLine, totalsOf } from '#invoicing/invoice-draft.ts'
import { type InvoiceRecord, replaceLines, updateInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'

export type NewPricing = Pick<InvoiceRecord, 'planName' | 'periodStart' | 'periodEnd'> & {
  readonly lines: readonly DraftLine[]
}

/** Prices an invoice anew that is not final yet and that no payment is under way for. It keeps its number and its day. */
export async function repriceInvoice(
  tx: Tx,
  { org, now }: Context,
  invoice: InvoiceRecord,
  { lines, ...head }: NewPricing,
): Promise<InvoiceRecord> {
  assert(invoice.status === 'outstanding' && invoice.finalisedAt === null, `${invoice.number} is not final yet`)
  await replaceLines(tx, org.id, invoice.id, lines)
  return updateInvoice(tx, org.id, invoice.id, { ...totalsOf(lines, 0n), ...head, updatedAt: now })
}
