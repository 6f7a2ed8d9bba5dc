import type { Db } from '#database/transaction.ts'
import { creditLeft } from '#invoicing/customer-credit.store.ts'
import { takesCredit } from '#invoicing/customer-credit.ts'
import { type InvoiceToPrice, type PricedInvoice, priceInvoice } from '#invoicing/price-invoice.ts'
import type { Org } from '#organisations/org.ts'

/**
 * What an invoice would come to if it were issued now. Writes and locks nothing. `insteadOf` is an invoice that is not final
 * and would be priced anew: what it uses is free for the quote.
 */
export async function quoteInvoice(
  db: Db,
  { org }: { readonly org: Org },
  invoice: InvoiceToPrice,
  insteadOf: string | null = null,
): Promise<PricedInvoice> {
  const credits = takesCredit(invoice.type) ? await creditLeft(db, org.id, invoice.customer.id, insteadOf) : []
  return priceInvoice(invoice, credits)
}
