import assert from 'node:assert/strict'
import { currencyTable } from '#money/currency-table.ts'

export { currencyTable }

/** A known ISO 4217 code in lower case, such as 'usd'. Only {@link parseCurrency} and {@link currency} make one. */
export type Currency = string & { readonly __currency: true }

// Letters outside ASCII may have ASCII lower cases: the Kelvin sign becomes a k, and would make a KRW.
const threeLetters = /^[A-Za-z]{3}$/

/** The currency of a code in any case, or undefined when it is not one we know. */
export function parseCurrency(code: string): Currency | undefined {
  const lower = code.toLowerCase()
  return threeLetters.test(code) && Object.hasOwn(currencyTable, lower) ? (lower as Currency) : undefined
}

/** The currency of a code that must be known; an unknown one is a programmer's error and throws. */
export function currency(code: string): Currency {
  const known = parseCurrency(code)
  assert(known !== undefined, `unknown currency ${code}`)
  return known
}

/** How many decimals the minor unit has: 2 for usd (cents), 0 for jpy, 3 for kwd. */
export function minorDigits(c: Currency): number {
  return factsOf(c).digits
}

/** The currency's name in English. */
export function currencyName(c: Currency): string {
  return factsOf(c).name
}

/**
 * The least amount worth charging, in minor units: 50 US cents or its equivalent. Below it no renewal or overage
 * invoice is issued, no promo code applies and no top-up is taken.
 */
export function minimumCharge(c: Currency): bigint {
  const { minimumCharge: known, digits } = factsOf(c)
  return known ?? 10n ** BigInt(digits) / 2n
}

function factsOf(c: Currency) {
  const found = currencyTable[c]
  assert(found !== undefined, `unknown currency ${c}`)
  return found
}
