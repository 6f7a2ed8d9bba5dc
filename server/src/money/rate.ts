import { type Currency, minorDigits } from '#money/currency.ts'
import { type Quantity, quantityScale } from '#money/quantity.ts'
import { divideRounded, divideUp } from '#money/rounding.ts'

/**
 * A price or a balance on the rate scale: 10,000 = one major unit of its currency, whatever the currency.
 * Unit prices, prepaid balances and AI token prices are rates; what an invoice says is {@link Money}.
 */
export type Rate = bigint

/** How many rate units make one major unit. */
export const rateScale = 10_000n

/** Minor units of a rate, rounded once, half away from zero: 7_550n → 76n cents, 1n jpy. */
export function rateToMinor(rate: Rate, c: Currency): bigint {
  return divideRounded(rate * minorPerMajor(c), rateScale)
}

/** The rate of an amount in minor units, exactly: × 100 for usd, × 10,000 for jpy, × 10 for kwd. */
export function minorToRate(minor: bigint, c: Currency): Rate {
  return minor * (rateScale / minorPerMajor(c))
}

/** Minor units of an invoice line, quantity × unit price, rounded once, half away from zero. */
export function lineAmount(quantity: Quantity, unitPrice: Rate, c: Currency): bigint {
  return divideRounded(quantity * unitPrice * minorPerMajor(c), quantityScale * rateScale)
}

/** What a usage takes from a prepaid balance, on the rate scale: quantity × unit price, rounded up. */
export function rateCostUp(quantity: Quantity, unitPrice: Rate): Rate {
  return divideUp(quantity * unitPrice, quantityScale)
}

/** Minor units in one major unit: 100n for usd, 1n for jpy, 1,000n for kwd. */
export function minorPerMajor(c: Currency): bigint {
  return 10n ** BigInt(minorDigits(c))
}
