import { parseDecimal, toDecimalText } from '#money/decimal.ts'
import type { Rate } from '#money/rate.ts'
import { divideUp } from '#money/rounding.ts'

/** How many units of a currency one US dollar is, in 10^-12. */
export type ExchangeRate = bigint

const decimals = 12
const one = 10n ** BigInt(decimals)

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
