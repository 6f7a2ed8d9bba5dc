import assert from 'node:assert/strict'
import { parseDecimal, toDecimalText } from '#money/decimal.ts'
import { divideUp } from '#money/rounding.ts'

/** A number of units in millionths of a unit: 1.5 units = 1_500_000n. Usage values have up to 6 decimals. */
export type Quantity = bigint

/** How many millionths make one unit. */
export const quantityScale = 1_000_000n

const quantityDecimals = 6

/**
 * The exact quantity of a decimal number or its text ('1.5', '1e-6', 1e21), or undefined when it is not finite,
 * not a decimal number, or finer than a millionth.
 */
export function parseQuantity(value: number | string): Quantity | undefined {
  return parseDecimal(value, quantityDecimals)
}

/** For an answer's JSON: the number nearest to the quantity (exact up to 15 digits). */
export function quantityToNumber(q: Quantity): number {
  return Number(quantityToText(q))
}

/** The shortest exact decimal text: '1.5', '-0.000001', '3'. */
export function quantityToText(q: Quantity): string {
  return toDecimalText(q, quantityDecimals)
}

/** The quantity of a whole number of units. */
export function units(n: bigint | number): Quantity {
  assert(typeof n === 'bigint' || Number.isSafeInteger(n), `${n} is not a whole number of units`)
  return BigInt(n) * quantityScale
}

/** Whole units, rounded up: 1.2 units → 2n. Credits are counted this way. */
export function ceilUnits(q: Quantity): bigint {
  return divideUp(q, quantityScale)
}
