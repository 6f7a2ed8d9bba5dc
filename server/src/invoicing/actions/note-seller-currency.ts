import { findExchangeRates } from '#catalogue/exchange-rates.store.ts'
import type { Tx } from '#database/transaction.ts'
import { type InvoiceRecord, saveSellerCurrency } from '#invoicing/invoices.store.ts'
import { currencyBeside, rateBetween, type SellerCurrency } from '#invoicing/seller-currency.ts'
import { exchangeRateToText } from '#money/exchange.ts'
import type { Seller } from '#organisations/seller.ts'
import { findPlansOf } from '#subscriptions/subscriptions.store.ts'

/**
 * Notes on invoices that have just become final, with tax and in another currency than their seller's, what their currency is in that
 * one: by the exchange rates of the plans their subscriptions are on. Where there is no rate nothing is noted. Asks the database
 * only where there is such an invoice, and once for all of them. Gives the invoices as they are then.
 */
export async function noteSellerCurrency(
  tx: Tx,
  orgId: string,
  invoices: readonly InvoiceRecord[],
): Promise<InvoiceRecord[]> {
  const foreign = invoices.flatMap((invoice) => {
    const country = (invoice.seller as Partial<Seller> | null)?.address?.country ?? null
    const currency = invoice.taxAmount === 0n ? null : currencyBeside(invoice.currency, country)
    return currency !== null && invoice.subscriptionId !== null
      ? [{ id: invoice.id, subscriptionId: invoice.subscriptionId, from: invoice.currency, currency }]
      : []
  })
  if (foreign.length === 0) return [...invoices]
  const plans = await findPlansOf(tx, orgId, [...new Set(foreign.map(({ subscriptionId }) => subscriptionId))])
  const currencies = new Set(foreign.flatMap(({ from, currency }) => [from, currency]))
  const rates = await findExchangeRates(tx, orgId, [...new Set(plans.values())], [...currencies])
  const noted = new Map<string, SellerCurrency>()
  for (const { id, subscriptionId, from, currency } of foreign) {
    const rate = rateBetween(from, currency, (code) => rates.get(`${plans.get(subscriptionId)} ${code}`))
    if (rate !== undefined) noted.set(id, { currency, rate })
  }
  const alike = Map.groupBy(noted, ([, { currency, rate }]) => `${currency} ${rate}`)
  for (const group of alike.values()) {
    const [first] = group
    if (!first) continue
    const ids = group.map(([id]) => id)
    await saveSellerCurrency(tx, orgId, ids, first[1])
  }
  return invoices.map((invoice) => {
    const own = noted.get(invoice.id)
    return own
      ? { ...invoice, sellerCurrency: own.currency, sellerCurrencyRate: exchangeRateToText(own.rate) }
      : invoice
  })
}
