import assert from 'node:assert/strict'
import { divideUp } from '#money/rounding.ts'

/** A number of units in millionths of a unit: 1.5 units = 1_500_000n. Usage values have up to 6 decimals. */
export type Quantity = bigint

/** How many millionths make one unit. */
export const quantityScale = 1_000_000n

const quantityDecimals = 6
// Longer than any number JavaScript prints; a longer text would only cost time.
const maxTextLength = 400
const decimalText = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/

/**
 * The exact quantity of a decimal number or its text ('1.5', '1e-6', 1e21), or undefined when it is not finite,
 * not a decimal number, or finer than a millionth. Works on the decimal text alone, so no digit is ever lost.
 */
export function parseQuantity(value: number | string): Quantity | undefined {
  const text = String(value)
  if (text.length > maxTextLength) return undefined
  const match = decimalText.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const digits = BigInt(whole + fraction)
  const millionths = shiftDecimal(digits, Number(exponent) - fraction.length + quantityDecimals)
  if (millionths === undefined) return undefined
  return sign === '-' ? -millionths : millionths
}

/** digits × 10^places, or undefined when that is not whole. */
function shiftDecimal(digits: bigint, places: number): bigint | undefined {
  if (places >= 0) return digits * 10n ** BigInt(places)
  const divisor = 10n ** BigInt(-places)
  return digits % divisor === 0n ? digits / divisor : undefined
}

/** For an answer's JSON: the number nearest to the quantity (exact up to 15 digits). */
export function quantityToNumber(q: Quantity): number {
  return Number(quantityToText(q))
}

/** The shortest exact decimal text: '1.5', '-0.000001', '3'. */
export function quantityToText(q: Quantity): string {
  const size = q < 0n ? -q : q
  const whole = size / quantityScale
  const fraction = (size % quantityScale).toString().padStart(quantityDecimals, '0').replace(/0+$/, '')
  return `${q < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`
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
