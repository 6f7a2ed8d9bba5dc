import type { Db } from '#database/transaction.ts'
import { creditLeft } from '#invoicing/customer-credit.store.ts'
import { takesCredit } from '#invoicing/customer-credit.ts'
import { type InvoiceToPrice, type PricedInvoice, priceInvoice } from '#invoicing/price-invoice.ts'
import type { Context } from '#organisations/org.ts'
import { decideTaxes } from '#tax/actions/decide-taxes.ts'
import type { TaxDecision } from '#tax/treatment.ts'

export type QuoteConditions = {
  /** An invoice that is not final and would be priced anew: what it uses of the customer's credit is free for the quote. */
  readonly insteadOf?: string
  /** What tax is charged, where that does not follow from what is known of the customer. */
  readonly tax?: TaxDecision
}

/** What an invoice would come to if it were issued now. Writes and locks nothing. */
export async function quoteInvoice(
  db: Db,
  context: Pick<Context, 'org' | 'now' | 'today'>,
  invoice: InvoiceToPrice,
  { insteadOf, tax }: QuoteConditions = {},
): Promise<PricedInvoice> {
  const { id } = invoice.customer
  const credits = takesCredit(invoice.type) ? await creditLeft(db, context.org.id, id, insteadOf ?? null) : []
  const taxes = tax ? new Map([[id, tax]]) : await decideTaxes(db, context, [id])
  return priceInvoice(invoice, { credits, taxes })
}
