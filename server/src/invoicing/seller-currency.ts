import { regionOfCountry } from '#catalogue/region.ts'
import { type Currency, currency } from '#money/currency.ts'
import { atPar, crossRate, type ExchangeRate, exchangeBetween, parseExchangeRate } from '#money/exchange.ts'

/** The currency of a seller's country, and how many units of it one unit of an invoice's currency is. */
export type SellerCurrency = { readonly currency: Currency; readonly rate: ExchangeRate }

/** The currency in which tax is to be told beside an invoice's own; null where it is the same, or the country's is not known. */
export function currencyBeside(invoiceCurrency: string, sellerCountry: string | null): Currency | null {
  const own = regionOfCountry(sellerCountry)
  return own === null || own === invoiceCurrency ? null : own
}

/** What one unit of a currency is in another by what a dollar is in both; undefined without a rate of either. */
export function rateBetween(
  from: string,
  to: string,
  rateOf: (code: string) => ExchangeRate | undefined,
): ExchangeRate | undefined {
  // A plan's rate for usd is what customers in the United States pay more or less: no rate of exchange.
  const [dollarIn, dollarTo] = [from, to].map((code) => (code === 'usd' ? atPar : rateOf(code)))
  return dollarIn === undefined || dollarTo === undefined ? undefined : crossRate(dollarIn, dollarTo)
}

/** An invoice that a correction names, as far as its rate goes: what was noted on it when it became final. */
export type CorrectedInvoice = {
  readonly currency: string
  readonly sellerCurrency: string | null
  readonly sellerCurrencyRate: string | null
}

/**
 * The rate at which a correction is converted: that of the invoice it corrects, whatever the rate is by now. Undefined where that one
 * has none, or one of other currencies than the correction's own.
 */
export function rateOfCorrected(
  corrected: CorrectedInvoice | null,
  from: string,
  to: Currency,
): ExchangeRate | undefined {
  if (corrected === null || corrected.sellerCurrencyRate === null) return undefined
  const isOfTheSame = corrected.currency === from && corrected.sellerCurrency === to
  return isOfTheSame ? parseExchangeRate(corrected.sellerCurrencyRate) : undefined
}

/** Tax of an invoice in its seller's currency, minor units. */
export type ForeignTax = SellerCurrency & { readonly amount: bigint }

/** The tax of an invoice at the rate that was noted on it; null where none was. */
export function foreignTaxOf(invoice: {
  readonly currency: string
  readonly taxAmount: bigint
  readonly sellerCurrency: string | null
  readonly sellerCurrencyRate: string | null
}): ForeignTax | null {
  const { sellerCurrency, sellerCurrencyRate } = invoice
  const rate = sellerCurrencyRate === null ? undefined : parseExchangeRate(sellerCurrencyRate)
  if (sellerCurrency === null || rate === undefined) return null
  const to = currency(sellerCurrency)
  return { currency: to, rate, amount: exchangeBetween(invoice.taxAmount, rate, currency(invoice.currency), to) }
}
