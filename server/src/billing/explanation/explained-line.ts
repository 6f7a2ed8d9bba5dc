import type { LineInput } from '#billing/explanation/inputs.ts'
import type { RuleCode } from '#billing/explanation/rules.ts'
import type { Currency } from '#money/currency.ts'
import { minorDigits } from '#money/currency.ts'
import { formatMinor, formatScaled } from '#money/format.ts'
import { divideRounded } from '#money/rounding.ts'

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
