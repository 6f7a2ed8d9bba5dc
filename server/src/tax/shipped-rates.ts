import about from 'sales-tax/package.json' with { type: 'json' }
import data from 'sales-tax/res/sales_tax_rates.json' with { type: 'json' }
import { type DatedRates, placeKey, type ShippedRates, type TaxRate, wholeRate } from '#tax/tax-rate.ts'

/** An entry of the package: `rate` is a fraction; that of a region comes on top of its country's. `before`: until then. */
type Entry = { readonly type: string; readonly rate: number; readonly before?: Readonly<Record<string, Entry>> }
type CountryEntry = Entry & { readonly states?: Readonly<Record<string, Entry>> }

/** What a tax is called where it is charged; elsewhere its kind says it. */
const names: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['AR', 'BO', 'CL', 'CO', 'CR', 'EC', 'ES', 'GT', 'IT', 'MX', 'NI', 'PT', 'PY', 'SV', 'UY', 'VE'].map((country) => [
      country,
      'IVA',
    ]),
  ),
  ...{ DO: 'ITBIS', FR: 'TVA', HN: 'ISV', JP: 'Consumption tax', LU: 'TVA', MC: 'TVA', PA: 'ITBMS', PE: 'IGV' },
}

/** The data set that ships, with its version. */
export const shippedDataSet = `${about.name} ${about.version}`

/** The rates of the package `sales-tax`, by place. Read from its own files: nothing is asked of the network. */
export const shippedRates: ShippedRates = readAll()

function readAll(): ShippedRates {
  const all = new Map<string, readonly DatedRates[]>()
  for (const [country, entry] of Object.entries<CountryEntry>(data as Record<string, CountryEntry>)) {
    if (entry.type !== 'none') all.set(placeKey({ country, region: null }), datedOf(country, entry, null))
    for (const [region, own] of Object.entries(entry.states ?? {})) {
      all.set(placeKey({ country, region }), datedOf(country, own, entry))
    }
  }
  return all
}

// The package says until when an earlier rate held; here a rate says from when on it does.
function datedOf(country: string, entry: Entry, above: CountryEntry | null): readonly DatedRates[] {
  const earlier = Object.entries(entry.before ?? {})
    .map(([until, old]) => ({ day: dayOf(until), old }))
    .sort((a, b) => Temporal.PlainDate.compare(a.day, b.day))
  return [...earlier.map(({ old }) => old), entry].map((one, index) => ({
    from: earlier[index - 1]?.day ?? null,
    rates: ratesOf(country, one, above),
  }))
}

/**
 * All taxes of a place. A harmonised tax is one with the country's; a region of Spain replaces it by another; what a province or a
 * state charges stands beside it.
 */
function ratesOf(country: string, entry: Entry, above: CountryEntry | null): readonly TaxRate[] {
  const rate = millionths(entry.rate)
  if (!above) return [{ name: nameOf(country, entry.type), rate }]
  const together = millionths(above.rate) + rate
  if (above.type === 'none') return [{ name: 'Sales tax', rate }]
  if (entry.type === 'hst' || country !== 'CA') return [{ name: nameOf(country, entry.type), rate: together }]
  return [
    { name: nameOf(country, above.type), rate: millionths(above.rate) },
    { name: nameOf(country, entry.type), rate },
  ]
}

function nameOf(country: string, type: string): string {
  return (type === 'vat' ? names[country] : undefined) ?? type.toUpperCase()
}

// 0.09975 of a fraction that JSON made a float: exact again at six decimals.
function millionths(fraction: number): bigint {
  return BigInt(Math.round(fraction * Number(wholeRate)))
}

// Midnight where the rate changes, written in UTC: the day that is nearest.
function dayOf(instant: string): Temporal.PlainDate {
  return Temporal.Instant.from(instant).add({ hours: 12 }).toZonedDateTimeISO('UTC').toPlainDate()
}
