import { findExchangeRates, findLatestExchangeRates } from '#catalogue/exchange-rates.store.ts'
import type { Tx } from '#database/transaction.ts'
import { type InvoiceRecord, saveSellerCurrency } from '#invoicing/invoices.store.ts'
import {
  type CorrectedInvoice,
  currencyBeside,
  rateBetween,
  rateOfCorrected,
  type SellerCurrency,
} from '#invoicing/seller-currency.ts'
import type { Currency } from '#money/currency.ts'
import { type ExchangeRate, exchangeRateToText } from '#money/exchange.ts'
import type { Seller } from '#organisations/seller.ts'
import { findPlansOf } from '#subscriptions/subscriptions.store.ts'

/**
 * Notes on invoices that have just become final, with tax and in another currency than their seller's, what their currency is in that
 * one: by the exchange rates of the plans their subscriptions are on; of no subscription, by those that any plan was given last. Where
 * there is no rate nothing is noted. Asks the database only where there is such an invoice, and once for all of them. Gives the
 * invoices as they are then.
 */
export async function noteSellerCurrency(
  tx: Tx,
  orgId: string,
  invoices: readonly InvoiceRecord[],
): Promise<InvoiceRecord[]> {
  const foreign = invoices.flatMap((invoice) => {
    const currency = invoice.taxAmount === 0n ? null : currencyOf(invoice)
    return currency === null ? [] : [{ invoice, currency }]
  })
  if (foreign.length === 0) return [...invoices]
  const subscriptionIds = foreign.flatMap(({ invoice: { subscriptionId } }) => subscriptionId ?? [])
  const plans = await findPlansOf(tx, orgId, [...new Set(subscriptionIds)])
  const planOf = ({ subscriptionId }: InvoiceRecord) =>
    subscriptionId === null ? null : (plans.get(subscriptionId) ?? null)
  const rateFor = await ratesOfToday(
    tx,
    orgId,
    foreign.map(({ invoice, currency }) => ({ planId: planOf(invoice), from: invoice.currency, to: currency })),
  )
  const noted = new Map<string, SellerCurrency>()
  for (const { invoice, currency } of foreign) {
    const rate = rateFor({ planId: planOf(invoice), from: invoice.currency, to: currency })
    if (rate !== undefined) noted.set(invoice.id, { currency, rate })
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
    return own ? withRate(invoice, own) : invoice
  })
}

/**
 * The same for an adjustment that was just issued, which belongs to no subscription: at the rate of the invoice it corrects, as the
 * law wants it, with or without tax. Where that one has none, or none is corrected: with tax alone, at the rate of the day of `planId`,
 * the plan of the customer's live subscription, or else the one that any plan was given last.
 */
export async function noteOnAdjustment(
  tx: Tx,
  orgId: string,
  invoice: InvoiceRecord,
  { corrected, planId }: { readonly corrected: CorrectedInvoice | null; readonly planId: string | null },
): Promise<InvoiceRecord> {
  const currency = currencyOf(invoice)
  if (currency === null) return invoice
  const today = { planId, from: invoice.currency, to: currency }
  const rate =
    rateOfCorrected(corrected, invoice.currency, currency) ??
    (invoice.taxAmount === 0n ? undefined : (await ratesOfToday(tx, orgId, [today]))(today))
  if (rate === undefined) return invoice
  await saveSellerCurrency(tx, orgId, [invoice.id], { currency, rate })
  return withRate(invoice, { currency, rate })
}

type Conversion = { readonly planId: string | null; readonly from: string; readonly to: Currency }

async function ratesOfToday(
  tx: Tx,
  orgId: string,
  conversions: readonly Conversion[],
): Promise<(conversion: Conversion) => ExchangeRate | undefined> {
  const currencies = [...new Set(conversions.flatMap(({ from, to }) => [from, to]))]
  const planIds = new Set(conversions.flatMap(({ planId }) => planId ?? []))
  const ofPlans = await findExchangeRates(tx, orgId, [...planIds], currencies)
  const isOfNoPlan = conversions.some(({ planId }) => planId === null)
  const latest = isOfNoPlan ? await findLatestExchangeRates(tx, orgId, currencies) : null
  return ({ planId, from, to }) =>
    rateBetween(from, to, (code) => (planId === null ? latest?.get(code) : ofPlans.get(`${planId} ${code}`)))
}

function currencyOf({ currency, seller }: InvoiceRecord): Currency | null {
  return currencyBeside(currency, (seller as Partial<Seller> | null)?.address?.country ?? null)
}

function withRate(invoice: InvoiceRecord, { currency, rate }: SellerCurrency): InvoiceRecord {
  return { ...invoice, sellerCurrency: currency, sellerCurrencyRate: exchangeRateToText(rate) }
}
