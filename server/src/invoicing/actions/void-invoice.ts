import type { Tx } from '#database/transaction.ts'
import { returnCredit } from '#invoicing/customer-credit.store.ts'
import { type InvoiceRecord, updateInvoice } from '#invoicing/invoices.store.ts'
import { toInvoiceEvent } from '#invoicing/invoices.view.ts'
import type { Context } from '#organisations/org.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** Voids an outstanding invoice; its number stays taken, credit it used is the customer's again. */
export async function voidInvoice(
  tx: Tx,
  context: Context,
  invoice: InvoiceRecord,
  publicCustomerId: string,
): Promise<InvoiceRecord> {
  const { org, now } = context
  const voided = await updateInvoice(tx, org.id, invoice.id, {
    status: 'void',
    voidedAt: now,
    finalisedAt: invoice.finalisedAt ?? now,
    updatedAt: now,
  })
  if (invoice.creditApplied > 0n) await returnCredit(tx, org.id, invoice.id, now)
  await recordEvent(tx, context, 'invoice.voided', invoice.customerId, toInvoiceEvent(voided, publicCustomerId))
  return voided
}
