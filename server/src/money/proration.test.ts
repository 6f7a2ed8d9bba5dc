import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currency } from '#money/currency.ts'
import { proratedLineAmount, share } from '#money/proration.ts'
import { units } from '#money/quantity.ts'

const usd = currency('usd')

test('15 of 30 days of $29.00 are $14.50', () => {
  assert.equal(share(2900n, 15, 30), 1450n)
  assert.equal(share(-2900n, 15, 30), -1450n)
})

test('no day costs nothing, all days the whole', () => {
  assert.equal(share(9900n, 0, 31), 0n)
  assert.equal(share(9900n, 31, 31), 9900n)
})

test('a share is rounded once, half away from zero', () => {
  assert.equal(share(9900n, 10, 31), 3194n)
  assert.equal(share(1n, 1, 2), 1n)
  assert.equal(share(-1n, 1, 2), -1n)
})

test('10 seats added on day 16 of a 30-day month at $0.75 are $3.75', () => {
  assert.equal(proratedLineAmount(units(10), 7_500n, usd, 15, 30), 375n)
})

test('one seat added with 15 of 30 days left at $25.00 is $12.50', () => {
  assert.equal(proratedLineAmount(units(1), 250_000n, usd, 15, 30), 1250n)
})

test('a prorated line rounds once, not once for the line and once for its share', () => {
  // 1 × $0.0099 × 16 ÷ 32 = $0.00495: nothing. Rounded to one cent first, its half would be one cent again.
  assert.equal(proratedLineAmount(units(1), 99n, usd, 16, 32), 0n)
  assert.equal(share(1n, 16, 32), 1n)
  // 3 windows of a quarterly period: 2 × $25.00 × 3 × 46 ÷ 92.
  assert.equal(proratedLineAmount(units(2 * 3), 250_000n, usd, 46, 92), 7500n)
})

test('what is not a share throws', () => {
  for (const [part, whole] of [
    [-1, 30],
    [31, 30],
    [0, 0],
    [1.5, 30],
  ] as const) {
    assert.throws(() => share(100n, part, whole), /share|whole numbers/)
    assert.throws(() => proratedLineAmount(units(1), 100n, usd, part, whole), /share|whole numbers/)
  }
})
