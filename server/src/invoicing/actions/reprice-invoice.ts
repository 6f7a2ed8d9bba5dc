import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { lockCredit, takeCredit, undoUse } from '#invoicing/customer-credit.store.ts'
import { takesCredit } from '#invoicing/customer-credit.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { deleteTaxes, insertTaxes } from '#invoicing/invoice-taxes.store.ts'
import { type InvoiceRecord, replaceLines, updateInvoice } from '#invoicing/invoices.store.ts'
import { priceInvoice } from '#invoicing/price-invoice.ts'
import { refuseTooLarge } from '#invoicing/refuse-too-large.ts'
import type { Context } from '#organisations/org.ts'
import { decideTaxes } from '#tax/actions/decide-taxes.ts'

export type NewPricing = Partial<Pick<InvoiceRecord, 'planName' | 'periodStart' | 'periodEnd' | 'currency'>> & {
  /** What is charged: no customer credit. */
  readonly lines: readonly DraftLine[]
}

/**
 * Prices an invoice anew that is not final yet and that no payment is under way for, with tax as its customer is known now; customer
 * credit it used is used anew. It keeps its number and its day. 422 where it comes to more than JSON can hold.
 */
export async function repriceInvoice(
  tx: Tx,
  context: Context,
  invoice: InvoiceRecord,
  { lines: charges, ...head }: NewPricing,
): Promise<InvoiceRecord> {
  const { org, now } = context
  const { id, type, customerId } = invoice
  const currency = head.currency ?? invoice.currency
  assert(invoice.status === 'outstanding' && invoice.finalisedAt === null, `${invoice.number} is not final yet`)
  const taxed = await decideTaxes(tx, context, [customerId])
  await undoUse(tx, org.id, id)
  const credits = takesCredit(type) ? await lockCredit(tx, org.id, [customerId]) : []
  const toPrice = { type, customer: { id: customerId }, currency, lines: charges }
  const { lines, creditUses, taxes, ...amounts } = priceInvoice(toPrice, { credits, taxes: taxed })
  refuseTooLarge(amounts)
  await deleteTaxes(tx, org.id, id)
  await replaceLines(tx, org.id, id, lines)
  await insertTaxes(tx, org.id, [{ invoiceId: id, taxes }])
  const uses = creditUses.map((use) => ({ ...use, invoiceId: id }))
  await takeCredit(tx, org.id, uses, now)
  return updateInvoice(tx, org.id, id, { ...amounts, ...head, updatedAt: now })
}
