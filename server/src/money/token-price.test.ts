import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  tokenPriceOfDollars,
  tokenPriceOfRate,
  tokenPriceToNumber,
  tokenPriceToText,
  tokensCostUp,
} from '#money/token-price.ts'

test('$3 for a million tokens is 30,000 on the rate scale', () => {
  const price = tokenPriceOfDollars(3)
  assert.equal(price, 3_000_000_000_000_000_000n)
  assert.equal(price, tokenPriceOfRate(30_000))
  assert.equal(tokenPriceToText(price ?? 0n), '30000')
})

test('a price that is no whole rate keeps all its digits', () => {
  const texts = [0.003625, 0.10875, 7e-3, 0.08333333333333334, 0.18000000000000002].map((dollars) =>
    tokenPriceToText(tokenPriceOfDollars(dollars) ?? -1n),
  )
  assert.deepEqual(texts, ['36.25', '1087.5', '70', '833.3333333333334', '1800.0000000000002'])
})

test('a price below zero, or finer than the scale, is none', () => {
  for (const wrong of [-1, '-0.5', 'free', Number.NaN, Number.POSITIVE_INFINITY, '0.0000000000000000001']) {
    assert.equal(tokenPriceOfDollars(wrong), undefined, String(wrong))
  }
  assert.equal(tokenPriceOfRate('0.000000000000001'), undefined)
})

test('tokens cost their price rounded up to the next rate unit, once', () => {
  const price = tokenPriceOfRate('36.25') ?? 0n
  assert.equal(tokensCostUp(0n, price), 0n)
  assert.equal(tokensCostUp(1n, price), 1n)
  assert.equal(tokensCostUp(1_000_000n, price), 37n)
  assert.equal(tokensCostUp(4_000_000n, price), 145n)
})

test('a cost is never below what tokens and price come to, and less than one rate unit above it', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.bigInt(0n, 10n ** 21n), (tokens, price) => {
      const charged = tokensCostUp(tokens, price) * 1_000_000n * 10n ** 14n
      assert.ok(charged >= tokens * price)
      assert.ok(charged - tokens * price < 1_000_000n * 10n ** 14n)
    }),
  )
})

test('the number in an answer reads back as the same price', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (rate) => {
      const price = tokenPriceOfRate(rate)
      if (price !== undefined) assert.equal(tokenPriceToNumber(price), rate === 0 ? 0 : rate)
    }),
  )
})
