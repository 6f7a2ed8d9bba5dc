import assert from 'node:assert/strict'
import type { Currency } from '#money/currency.ts'
import { type Quantity, quantityScale } from '#money/quantity.ts'
import { minorPerMajor, type Rate, rateScale } from '#money/rate.ts'
import { divideRounded } from '#money/rounding.ts'

/**
 * amount × part ÷ whole with one rounding, half away from zero; the amount keeps its scale (minor units or rate).
 * Part and whole are calendar days: remaining days of period days.
 */
export function share(amount: bigint, part: number, whole: number): bigint {
  assertFraction(part, whole)
  return divideRounded(amount * BigInt(part), BigInt(whole))
}

/**
 * Minor units of quantity × unit price × part ÷ whole with one rounding for all of it: a line of seats or quota that
 * is billed from some day to the period's end. The share of a rounded line would round twice.
 */
export function proratedLineAmount(
  quantity: Quantity,
  unitPrice: Rate,
  c: Currency,
  part: number,
  whole: number,
): bigint {
  assertFraction(part, whole)
  const numerator = quantity * unitPrice * minorPerMajor(c) * BigInt(part)
  return divideRounded(numerator, quantityScale * rateScale * BigInt(whole))
}

function assertFraction(part: number, whole: number): void {
  assert(Number.isSafeInteger(part) && Number.isSafeInteger(whole), `${part} of ${whole} must be whole numbers`)
  assert(whole > 0 && part >= 0 && part <= whole, `${part} of ${whole} is not a share`)
}
