import { type Currency, currency } from '#money/currency.ts'

/** The currencies a plan can have values of its own in. `usd`: what customers in the United States pay instead. */
export const regionalCurrencies = [
  'usd',
  'ars',
  'brl',
  'clp',
  'cop',
  'pen',
  'uyu',
  'pyg',
  'bob',
  'mxn',
  'cad',
  'eur',
  'jpy',
  'cny',
  'krw',
  'hkd',
  'sgd',
  'twd',
  'inr',
  'thb',
] as const

/**
 * Which of a plan's values somebody pays: those of a currency (usd: those for the United States), or with null the canonical
 * ones in US dollars.
 */
export type Region = Currency | null

const usd = currency('usd')

/** The region a subscription is priced in: settled by its first checkout. */
export function regionOf(subscription: { readonly currency: string; readonly hasUsPricing: boolean }): Region {
  return subscription.currency === usd && !subscription.hasUsPricing ? null : currency(subscription.currency)
}

/** The currency that is paid in a region. */
export function currencyOf(region: Region): Currency {
  return region ?? usd
}

/** A region as a subscription keeps it. */
export function regionColumns(region: Region): { readonly currency: Currency; readonly hasUsPricing: boolean } {
  return { currency: currencyOf(region), hasUsPricing: region === usd }
}

const euroArea = 'AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK'.split(' ')

const currencyByCountry: ReadonlyMap<string, Currency> = new Map(
  [
    ...Object.entries({
      AR: 'ars',
      BO: 'bob',
      BR: 'brl',
      CA: 'cad',
      CL: 'clp',
      CN: 'cny',
      CO: 'cop',
      HK: 'hkd',
      IN: 'inr',
      JP: 'jpy',
      KR: 'krw',
      MX: 'mxn',
      PE: 'pen',
      PY: 'pyg',
      SG: 'sgd',
      TH: 'thb',
      TW: 'twd',
      UY: 'uyu',
    }),
    ...euroArea.map((country) => [country, 'eur'] as const),
  ].map(([country, code]) => [country, currency(code)]),
)

/** The currency of a billing country (ISO 3166-1 alpha-2); US dollars where it is none of ours (catalogue.md). */
export function currencyOfCountry(country: string): Currency {
  return currencyByCountry.get(country) ?? usd
}

/**
 * The region whose prices a billing country pays, where its plan has them. The dollars for the United States are for nobody
 * else. Of a country that is not known the canonical one.
 */
export function regionOfCountry(country: string | null): Region {
  if (country === null) return null
  const wanted = currencyOfCountry(country)
  return wanted === usd && country !== 'US' ? null : wanted
}
