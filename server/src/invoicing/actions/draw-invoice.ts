import type { Db } from '#database/transaction.ts'
import { type DocumentFacts, invoiceDocument, isProForma } from '#invoicing/document.ts'
import { noteFile } from '#invoicing/invoice-files.store.ts'
import { renderInvoice, sha256Of } from '#invoicing/pdf/render-invoice.ts'

export type InvoiceFile = { readonly name: string; readonly content: Buffer; readonly sha256: string }

/** The PDF of an invoice as somebody is given it now. That of a final one is noted: what is shown later can be told to be ours. */
export async function drawInvoice(
  db: Db,
  orgId: string,
  invoiceId: string,
  facts: DocumentFacts,
): Promise<InvoiceFile> {
  const content = await renderInvoice(invoiceDocument(facts))
  const sha256 = sha256Of(content)
  if (!isProForma(facts.invoice)) await noteFile(db, orgId, invoiceId, sha256)
  return { name: `${facts.invoice.number}.pdf`, content, sha256 }
}
