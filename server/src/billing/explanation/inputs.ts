import type { Since } from '#catalogue/terms-history.ts'
import type { Currency } from '#money/currency.ts'
import { type ExchangeRate, exchangeRateToText } from '#money/exchange.ts'
import { formatMinor, formatQuantity, formatRate } from '#money/format.ts'
import { type Quantity, quantityToNumber } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'

/**
 * What the number of an input counts. minor: the currency's minor unit. rate: 10,000 = one major unit. per_dollar: units of the
 * currency in one US dollar, as decimal text.
 */
export const inputUnits = [
  'minor',
  'rate',
  'basis_points',
  'units',
  'count',
  'days',
  'windows',
  'day',
  'time',
  'per_dollar',
] as const
export type InputUnit = (typeof inputUnits)[number]

/** The kept rows that numbers come from. */
export const inputSources = [
  'plan_price_revision',
  'plan_price_regional',
  'plan_exchange_rate',
  'plan_feature_revision',
  'addon_revision',
  'subscription',
  'subscription_window',
  'usage_counter',
  'usage_event',
  'held_event',
  'held_step',
  'ledger_entry',
  'ledger_purchase',
  'plan_change',
  'customer_credit_use',
  'invoice_line',
] as const
export type InputSource = (typeof inputSources)[number]

/** A number that went into a line. `text` is how a person writes it, `since` from when on it held. */
export type LineInput = {
  readonly name: string
  readonly value: number | string
  readonly unit: InputUnit
  readonly text: string
  readonly since: Temporal.Instant | null
  readonly source: InputSource
}

type About = { readonly source: InputSource; readonly since?: Temporal.Instant | null }

export function minorInput(name: string, minor: bigint, c: Currency, about: About): LineInput {
  return inputOf(name, numberOf(minor), 'minor', formatMinor(minor, c), about)
}

export function rateInput(name: string, rate: Rate, c: Currency, about: About): LineInput {
  return inputOf(name, numberOf(rate), 'rate', formatRate(rate, c), about)
}

export function unitsInput(name: string, quantity: Quantity, about: About): LineInput {
  return inputOf(name, quantityToNumber(quantity), 'units', formatQuantity(quantity), about)
}

export function countInput(
  name: string,
  count: bigint | number,
  about: About & { readonly unit?: 'count' | 'days' | 'windows' | 'basis_points' },
): LineInput {
  return inputOf(name, numberOf(BigInt(count)), about.unit ?? 'count', BigInt(count).toLocaleString('en-US'), about)
}

export function dayInput(name: string, day: Temporal.PlainDate, about: About): LineInput {
  return inputOf(name, day.toString(), 'day', day.toString(), about)
}

export function timeInput(name: string, at: Temporal.Instant, about: About): LineInput {
  const text = at.toString({ smallestUnit: 'millisecond' })
  return inputOf(name, text, 'time', text, about)
}

export function exchangeInput(rate: ExchangeRate, about: About): LineInput {
  const text = exchangeRateToText(rate)
  return inputOf('exchange rate', text, 'per_dollar', text, about)
}

/** Where terms of the catalogue are from. */
export const fromTerms = ({ at, of }: Since): About => ({
  source: of === 'addon' ? 'addon_revision' : 'plan_feature_revision',
  since: at,
})

function inputOf(name: string, value: number | string, unit: InputUnit, text: string, about: About): LineInput {
  return { name, value, unit, text, since: about.since ?? null, source: about.source }
}

// Beyond what a JSON number holds exactly, the digits are given as text.
function numberOf(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}
