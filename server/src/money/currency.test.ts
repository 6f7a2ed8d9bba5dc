import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currency, currencyName, currencyTable, minimumCharge, minorDigits, parseCurrency } from '#money/currency.ts'

test('a code is taken in any case and kept in lower case', () => {
  assert.equal(parseCurrency('USD'), 'usd')
  assert.equal(parseCurrency('eUr'), 'eur')
  assert.equal(currency('JPY'), 'jpy')
})

test('what is not a currency is refused', () => {
  for (const code of ['', 'us', 'usdd', 'xxx', 'constructor', '__proto__', ' usd', 'usd\n', '\u212arw', 'clf', 'bgn']) {
    assert.equal(parseCurrency(code), undefined, code)
  }
  assert.throws(() => currency('abc'), /unknown currency abc/)
})

test('decimals are those of ISO 4217, where Intl disagrees too', () => {
  const withoutDecimals = Object.keys(currencyTable).filter((code) => minorDigits(currency(code)) === 0)
  const withThree = Object.keys(currencyTable).filter((code) => minorDigits(currency(code)) === 3)
  assert.equal(withoutDecimals.join(' '), 'bif clp djf gnf isk jpy kmf krw pyg rwf ugx vnd vuv xaf xof xpf')
  assert.equal(withThree.join(' '), 'bhd iqd jod kwd lyd omr tnd')
  assert.equal(Object.keys(currencyTable).length, 155)
  for (const code of ['usd', 'cop', 'huf', 'idr', 'twd', 'lak', 'mmk'])
    assert.equal(minorDigits(currency(code)), 2, code)
})

test('every currency has a name and a minimum charge above zero', () => {
  for (const code of Object.keys(currencyTable)) {
    assert.match(code, /^[a-z]{3}$/)
    assert.notEqual(currencyName(currency(code)), '')
    assert(minimumCharge(currency(code)) > 0n, code)
  }
  assert.equal(currencyName(currency('ars')), 'Argentine Peso')
})

test('the minimum charge is 50 US cents or about its worth', () => {
  assert.equal(minimumCharge(currency('usd')), 50n)
  assert.equal(minimumCharge(currency('eur')), 50n)
  assert.equal(minimumCharge(currency('gbp')), 30n)
  assert.equal(minimumCharge(currency('jpy')), 50n)
  assert.equal(minimumCharge(currency('mxn')), 1000n)
  assert.equal(minimumCharge(currency('clp')), 500n)
  assert.equal(minimumCharge(currency('kwd')), 150n)
  assert.equal(minimumCharge(currency('fjd')), 50n)
})
