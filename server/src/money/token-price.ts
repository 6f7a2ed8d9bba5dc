import { parseDecimal, toDecimalText } from '#money/decimal.ts'
import type { Rate } from '#money/rate.ts'
import { divideUp } from '#money/rounding.ts'

/**
 * The price of a million tokens, in 10^-14 of a rate unit, so that 10^18 is one US dollar. Makers publish prices that are no
 * whole rate ($0.0028 for a million tokens is 28, $0.003625 is 36.25), and data sets carry up to 17 decimals of a dollar: at
 * this scale all of them are whole, and none is rounded before it is multiplied with tokens.
 */
export type TokenPrice = bigint

const decimalsOfRate = 14
const decimalsOfDollar = 18
const tokensPriced = 1_000_000n
const oneRate = 10n ** BigInt(decimalsOfRate)

/** A price given in dollars for a million tokens; undefined when it is no number from 0 on with at most 18 decimals. */
export function tokenPriceOfDollars(dollars: number | string): TokenPrice | undefined {
  return fromZero(parseDecimal(dollars, decimalsOfDollar))
}

/** A price given on the rate scale for a million tokens (30,000 = $3); undefined when it has more than 14 decimals. */
export function tokenPriceOfRate(rate: number | string): TokenPrice | undefined {
  return fromZero(parseDecimal(rate, decimalsOfRate))
}

/** On the rate scale, as exact decimal text: '30000', '36.25'. */
export function tokenPriceToText(price: TokenPrice): string {
  return toDecimalText(price, decimalsOfRate)
}

/** On the rate scale, for an answer's JSON: the number nearest to the price. */
export function tokenPriceToNumber(price: TokenPrice): number {
  return Number(tokenPriceToText(price))
}

/** In dollars, as exact decimal text: '3', '0.003625'. */
export function tokenPriceToDollars(price: TokenPrice): string {
  return toDecimalText(price, decimalsOfDollar)
}

/** What tokens cost, on the rate scale: ceil(tokens × price ÷ 1,000,000), the one rounding of a part. */
export function tokensCostUp(tokens: bigint, price: TokenPrice): Rate {
  return divideUp(tokens * price, tokensPriced * oneRate)
}

function fromZero(price: bigint | undefined): TokenPrice | undefined {
  return price === undefined || price < 0n ? undefined : price
}
