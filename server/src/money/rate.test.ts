import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currency } from '#money/currency.ts'
import { parseQuantity, type Quantity, units } from '#money/quantity.ts'
import { lineAmount, minorPerMajor, minorToRate, rateCostUp, rateToMinor } from '#money/rate.ts'

const usd = currency('usd')
const jpy = currency('jpy')
const kwd = currency('kwd')

function quantity(text: string): Quantity {
  const parsed = parseQuantity(text)
  assert(parsed !== undefined)
  return parsed
}

test('10,000 on the rate scale is one major unit of any currency', () => {
  assert.equal(rateToMinor(10_000n, usd), 100n)
  assert.equal(rateToMinor(10_000n, jpy), 1n)
  assert.equal(rateToMinor(10_000n, kwd), 1000n)
  assert.equal(minorPerMajor(usd), 100n)
})

test('a rate becomes minor units with one rounding, half away from zero', () => {
  assert.equal(rateToMinor(7_549n, usd), 75n)
  assert.equal(rateToMinor(7_550n, usd), 76n)
  assert.equal(rateToMinor(-7_550n, usd), -76n)
  assert.equal(rateToMinor(4_999n, jpy), 0n)
  assert.equal(rateToMinor(5_000n, jpy), 1n)
  assert.equal(rateToMinor(15n, kwd), 2n)
})

test('minor units become a rate exactly', () => {
  assert.equal(minorToRate(5000n, usd), 500_000n)
  assert.equal(minorToRate(5000n, jpy), 50_000_000n)
  assert.equal(minorToRate(5000n, kwd), 50_000n)
  assert.equal(minorToRate(-1n, usd), -100n)
})

test('a line is quantity × unit price, rounded once', () => {
  // 1,500 calls over at $0.0125 each.
  assert.equal(lineAmount(units(1500), 125n, usd), 1875n)
  // 3 × $0.0015 = $0.0045 rounds to nothing, 4 × $0.0015 = $0.006 to one cent.
  assert.equal(lineAmount(units(3), 15n, usd), 0n)
  assert.equal(lineAmount(units(4), 15n, usd), 1n)
  // 0.5 × $0.01 is half a cent.
  assert.equal(lineAmount(quantity('0.5'), 100n, usd), 1n)
  assert.equal(lineAmount(-quantity('0.5'), 100n, usd), -1n)
  assert.equal(lineAmount(quantity('0.499999'), 100n, usd), 0n)
  assert.equal(lineAmount(units(10), 25_000n, jpy), 25n)
  assert.equal(lineAmount(units(3), 15n, kwd), 5n)
})

test('the largest usage at a large price keeps every digit', () => {
  assert.equal(lineAmount(units(1_000_000_000_000), 9_007_199_254_740_991n, usd), 90_071_992_547_409_910_000_000_000n)
})

test('what a balance pays is rounded up', () => {
  assert.equal(rateCostUp(units(3), 15n), 45n)
  assert.equal(rateCostUp(quantity('0.1'), 15n), 2n)
  assert.equal(rateCostUp(quantity('0.000001'), 1n), 1n)
  assert.equal(rateCostUp(0n, 15n), 0n)
})
