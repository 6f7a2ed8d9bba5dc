import { type Currency, currency } from '#money/currency.ts'
import { parseDecimal, toDecimalText } from '#money/decimal.ts'
import { minorPerMajor, type Rate } from '#money/rate.ts'
import { divideRounded, divideUp } from '#money/rounding.ts'

/** How many units of a currency one US dollar is, in 10^-12. */
export type ExchangeRate = bigint

const decimals = 12
const one = 10n ** BigInt(decimals)
const usd = currency('usd')

/** A dollar is a dollar. */
export const atPar: ExchangeRate = one

/** '3.75' → 3.75 units a dollar; undefined when it is not above 0 or has more than 12 decimals. */
export function parseExchangeRate(value: number | string): ExchangeRate | undefined {
  const rate = parseDecimal(value, decimals)
  return rate === undefined || rate <= 0n ? undefined : rate
}

/** The shortest exact decimal text: '3.75'. */
export function exchangeRateToText(rate: ExchangeRate): string {
  return toDecimalText(rate, decimals)
}

/** Dollars in another currency, both on the rate scale, rounded up: what is taken from a balance. */
export function exchangeUp(dollars: Rate, rate: ExchangeRate): Rate {
  return divideUp(dollars * rate, one)
}

/** Dollars in another currency, both on the rate scale, rounded half up: unit prices and included balances. */
export function exchange(dollars: Rate, rate: ExchangeRate): Rate {
  return divideRounded(dollars * rate, one)
}

/** US cents in the minor unit of a currency, rounded half up, once: 2900n at 150 is 4350n jpy. */
export function exchangeMinor(cents: bigint, rate: ExchangeRate, to: Currency): bigint {
  return exchangeBetween(cents, rate, usd, to)
}

/** Minor units of a currency in those of another, at so many units of it for one, rounded half away from zero, once. */
export function exchangeBetween(minor: bigint, rate: ExchangeRate, from: Currency, to: Currency): bigint {
  return divideRounded(minor * rate * minorPerMajor(to), one * minorPerMajor(from))
}

const significantDigits = 8

/**
 * How many units of a currency one unit of another is, from what a dollar is in both, with eight significant digits at most: as it can
 * be printed and calculated with again. Undefined where that is nothing.
 */
export function crossRate(from: ExchangeRate, to: ExchangeRate): ExchangeRate | undefined {
  const exact = divideRounded(to * one, from)
  const beyond = 10n ** BigInt(Math.max(0, exact.toString().length - significantDigits))
  const rate = divideRounded(exact, beyond) * beyond
  return rate > 0n ? rate : undefined
}
