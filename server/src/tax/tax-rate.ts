import { isCountry } from '#customers/countries.ts'

/** Parts of a whole in which rates are counted: 9.975 % is 99_750n. */
export const wholeRate = 1_000_000n

/** One tax at a place. */
export type TaxRate = {
  /** As it stands on invoices: 'VAT', 'GST', 'Sales tax'. */
  readonly name: string
  /** Millionths: 190_000n is 19 %. */
  readonly rate: bigint
}

/** A rate as a percentage with at most four decimals: 99_750n is 9.975. */
export function percentageOf(rate: bigint): number {
  return Number(rate) / 10_000
}

/** A percentage with at most four decimals as a rate, undefined where it has more. */
export function rateOfPercentage(percentage: number): bigint | undefined {
  const millionths = Math.round(percentage * 10_000)
  return millionths / 10_000 === percentage ? BigInt(millionths) : undefined
}

/** Where a rate holds: a country (ISO 3166-1 alpha-2), or a region of it by the second half of its ISO 3166-2 code. */
export type Place = { readonly country: string; readonly region: string | null }

/** What is charged at a place from a UTC day on; several taxes side by side, none where the list is empty. */
export type DatedRates = { readonly from: Temporal.PlainDate | null; readonly rates: readonly TaxRate[] }

/** Rates that ship with the product, by {@link placeKey}, the earliest first. */
export type ShippedRates = ReadonlyMap<string, readonly DatedRates[]>

/** An organisation's own rates at a place from a day on; null: from then on the shipped ones hold again. */
export type RateChange = Place & {
  readonly revision: bigint
  readonly validFrom: Temporal.PlainDate
  readonly rates: readonly TaxRate[] | null
}
export type OwnRates = ReadonlyMap<string, readonly RateChange[]>

/** Where rates can be from: the data set that ships, what an operator has set, or a payment provider's tax service. */
export const rateSources = ['shipped', 'own', 'provider'] as const
export type RateSource = (typeof rateSources)[number]

/** Where the rates of an invoice are from: valid since that UTC day, or asked on it; null: they always held. */
export type RateOrigin = { readonly source: RateSource; readonly asOf: Temporal.PlainDate | null }

/** What is charged at a place, and where that is from. */
export type RatesInForce = Place & {
  readonly source: 'shipped' | 'own'
  readonly since: Temporal.PlainDate | null
  readonly rates: readonly TaxRate[]
}

/** What whoever charges by some rates should know of them; null: nothing. */
export function cautionOf({ country, source }: Pick<RatesInForce, 'country' | 'source'>): string | null {
  if (country !== 'US' || source !== 'shipped') return null
  return 'United States: shipped rates are of states alone, several are years out of date, and nothing is known of what is taxable there. Set your own before you charge by them, or let a tax service calculate (tax mode provider).'
}

/** A place in one word: 'DE', 'CA-QC'. */
export function placeKey({ country, region }: Place): string {
  return region === null ? country : `${country}-${region}`
}

/** The rates at exactly this place on a day: the organisation's own, else those that ship. Undefined where neither says anything. */
export function ratesAt(
  place: Place,
  day: Temporal.PlainDate,
  own: OwnRates,
  shipped: ShippedRates,
): RatesInForce | undefined {
  const { country, region } = place
  const change = changeInForce(own.get(placeKey(place)) ?? [], day)
  if (change?.rates) return { country, region, source: 'own', since: change.validFrom, rates: change.rates }
  const dated = shipped
    .get(placeKey(place))
    ?.findLast(({ from }) => from === null || Temporal.PlainDate.compare(from, day) <= 0)
  return dated && { country, region, source: 'shipped', since: dated.from, rates: dated.rates }
}

/**
 * The rates that hold for somebody at a place: a region that has rates of its own has all of them, otherwise those of the country
 * hold. Undefined where nobody knows any.
 */
export function ratesFor(
  place: Place,
  day: Temporal.PlainDate,
  own: OwnRates,
  shipped: ShippedRates,
): RatesInForce | undefined {
  const ofRegion = place.region === null ? undefined : ratesAt(place, day, own, shipped)
  return ofRegion ?? ratesAt({ country: place.country, region: null }, day, own, shipped)
}

/** Every place with rates on a day, by country and region. */
export function allRates(day: Temporal.PlainDate, own: OwnRates, shipped: ShippedRates): RatesInForce[] {
  const keys = [...new Set([...shipped.keys(), ...own.keys()])].sort()
  return keys.flatMap((key) => ratesAt(placeOf(key), day, own, shipped) ?? [])
}

/** The place of a {@link placeKey}. */
export function placeOf(key: string): Place {
  const dash = key.indexOf('-')
  return dash < 0 ? { country: key, region: null } : { country: key.slice(0, dash), region: key.slice(dash + 1) }
}

/** A place as people write it, 'de' or 'ca-qc'; undefined when there is no such country. */
export function readPlace(text: string): Place | undefined {
  const place = placeOf(text.trim().toUpperCase())
  const isPlace = isCountry(place.country) && (place.region === null || /^[A-Z0-9]{1,3}$/.test(place.region))
  return isPlace ? place : undefined
}

/** The change that holds on a day: the one that is valid from the latest day, of several of that day the last. */
export function changeInForce(changes: readonly RateChange[], day: Temporal.PlainDate): RateChange | undefined {
  return changes
    .filter(({ validFrom }) => Temporal.PlainDate.compare(validFrom, day) <= 0)
    .toSorted((a, b) => Temporal.PlainDate.compare(a.validFrom, b.validFrom) || (a.revision < b.revision ? -1 : 1))
    .at(-1)
}
