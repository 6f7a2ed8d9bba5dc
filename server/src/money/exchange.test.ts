import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { currency } from '#money/currency.ts'
import { crossRate, exchangeBetween, exchangeRateToText, exchangeUp, parseExchangeRate } from '#money/exchange.ts'

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

test('a yen is 0.0061333333 euros where a dollar is 150 yen and 0.92 euros: eight digits that count', () => {
  const yen = crossRate(rate('150'), rate('0.92'))
  assert.equal(exchangeRateToText(yen ?? 0n), '0.0061333333')
  assert.equal(exchangeBetween(407n, yen ?? 0n, currency('jpy'), currency('eur')), 250n)
  assert.equal(exchangeRateToText(crossRate(rate('0.92'), rate('150')) ?? 0n), '163.04348')
  assert.equal(exchangeRateToText(crossRate(rate('1'), rate('0.92')) ?? 0n), '0.92')
})

test('dinars have three decimals, and what is owed back is rounded like what is owed', () => {
  assert.equal(exchangeBetween(1000n, rate('0.3075'), currency('usd'), currency('kwd')), 3075n)
  assert.equal(exchangeBetween(-150n, rate('0.5'), currency('usd'), currency('jpy')), -1n)
})

test('a currency that is next to nothing in another has no rate', () => {
  assert.equal(crossRate(rate('999999999999'), rate('0.000000000001')), undefined)
})
