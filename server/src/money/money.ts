import assert from 'node:assert/strict'
import type { Currency } from '#money/currency.ts'

/** An amount in the currency's minor unit (usd 9900 = $99.00). Never a float, never without its currency. */
export type Money = { readonly minor: bigint; readonly currency: Currency }

export function money(minor: bigint, currency: Currency): Money {
  return { minor, currency }
}

export function zero(currency: Currency): Money {
  return { minor: 0n, currency }
}

/** a + b. Two currencies never meet: mixing them throws. */
export function add(a: Money, b: Money): Money {
  assertSameCurrency(a.currency, b.currency)
  return { minor: a.minor + b.minor, currency: a.currency }
}

/** a − b, both of one currency. */
export function subtract(a: Money, b: Money): Money {
  assertSameCurrency(a.currency, b.currency)
  return { minor: a.minor - b.minor, currency: a.currency }
}

export function negate(a: Money): Money {
  return { minor: -a.minor, currency: a.currency }
}

/** The sum of a list that may be empty, which is why the currency is given. */
export function sum(currency: Currency, list: readonly Money[]): Money {
  return list.reduce(add, zero(currency))
}

export function isZero(a: Money): boolean {
  return a.minor === 0n
}

export function isNegative(a: Money): boolean {
  return a.minor < 0n
}

/** Below zero when a is less than b, zero when they are equal, above zero when a is more: an order for `sort`. */
export function compare(a: Money, b: Money): -1 | 0 | 1 {
  assertSameCurrency(a.currency, b.currency)
  if (a.minor === b.minor) return 0
  return a.minor < b.minor ? -1 : 1
}

function assertSameCurrency(a: Currency, b: Currency): void {
  assert(a === b, `cannot mix ${a} and ${b}`)
}
