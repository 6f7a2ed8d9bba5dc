import type { LineInput } from '#billing/explanation/inputs.ts'
import type { RuleCode } from '#billing/explanation/rules.ts'
import type { Currency } from '#money/currency.ts'
import { currency, minorDigits } from '#money/currency.ts'
import { type ExchangeRate, exchangeRateToText } from '#money/exchange.ts'
import { formatMinor, formatScaled } from '#money/format.ts'
import { minorPerMajor } from '#money/rate.ts'
import { divideRounded } from '#money/rounding.ts'

const usd = currency('usd')

/** How a line was computed. `recomputed` is worked out from the inputs; null when one of them is not kept (any more). */
export type Computed = {
  readonly rule: RuleCode
  readonly inputs: readonly LineInput[]
  readonly steps: readonly string[]
  /** Minor units. */
  readonly recomputed: bigint | null
}

/** What is said of a line whose rows are not there. */
export function notKept(rule: RuleCode, inputs: readonly LineInput[], what: string): Computed {
  return { rule, inputs, steps: [`This cannot be computed again: ${what}.`], recomputed: null }
}

/** An exact amount in minor units, before its one rounding. */
export type Exact = { readonly numerator: bigint; readonly denominator: bigint }

const wholeRate = 10n ** 12n

/** US cents at an exchange rate, with one rounding: `$29.00 at 5.4321 = R$157.5309, rounded to R$157.53`. */
export function exchangeStep(cents: bigint, rate: ExchangeRate, c: Currency): [string, bigint] {
  const left = `${formatMinor(cents, usd)} at ${exchangeRateToText(rate)}`
  const exact = { numerator: cents * rate * minorPerMajor(c), denominator: wholeRate * minorPerMajor(usd) }
  return amountStep(left, exact, c)
}

const shownDigits = 6

/** `left = $33.333333…, rounded to $33.33`, or without the rounding where there is nothing to round. */
export function amountStep(left: string, { numerator, denominator }: Exact, c: Currency): [string, bigint] {
  const rounded = divideRounded(numerator, denominator)
  if (numerator % denominator === 0n) return [`${left} = ${formatMinor(rounded, c)}`, rounded]
  const scale = 10n ** BigInt(shownDigits - minorDigits(c))
  const isExact = (numerator * scale) % denominator === 0n
  const shown = formatScaled((numerator * scale) / denominator, shownDigits, c)
  return [`${left} = ${shown}${isExact ? '' : '…'}, rounded to ${formatMinor(rounded, c)}`, rounded]
}
