import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exchangeRateToText, exchangeUp, parseExchangeRate } from '#money/exchange.ts'

const rate = (text: string): bigint => parseExchangeRate(text) ?? assert.fail(text)

test('$0.0126 at 5.437 reais a dollar is 0.0686 reais: 685.062 on the rate scale, rounded up', () => {
  assert.equal(exchangeUp(126n, rate('5.437')), 686n)
})

test('a whole result is not rounded', () => {
  assert.equal(exchangeUp(126n, rate('150')), 18_900n)
  assert.equal(exchangeUp(0n, rate('0.92')), 0n)
})

test('an exchange rate is above zero and exact', () => {
  for (const wrong of ['0', '-1', 'x', '0.0000000000001']) assert.equal(parseExchangeRate(wrong), undefined, wrong)
  assert.equal(exchangeRateToText(rate('0.920500')), '0.9205')
})

test('an exchange never charges less than the rate says, nor a whole unit more', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 15n), fc.bigInt(1n, 10n ** 18n), (dollars, one) => {
      const charged = exchangeUp(dollars, one) * 10n ** 12n
      assert.ok(charged >= dollars * one && charged - dollars * one < 10n ** 12n)
    }),
  )
})
