import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decimalText, formatMoney, formatRate } from './money.ts'

test('minor units become decimals without floating point', () => {
  assert.equal(decimalText(2900, 'usd'), '29.00')
  assert.equal(decimalText(5, 'eur'), '0.05')
  assert.equal(decimalText(-1999, 'usd'), '-19.99')
  assert.equal(decimalText(2900, 'clp'), '2900')
  assert.equal(decimalText(1234567, 'kwd'), '1234.567')
  assert.equal(decimalText(9_007_199_254_740_991, 'usd'), '90071992547409.91')
})

test('half a cent is refused', () => {
  assert.throws(() => decimalText(0.5, 'usd'), /whole number of minor units/)
})

test('every currency shows its own number of digits', () => {
  assert.equal(formatMoney(2900, 'usd', 'en'), '$29.00')
  assert.equal(formatMoney(2900, 'jpy', 'en'), '¥2,900')
  assert.equal(formatMoney(2900, 'clp', 'en').replace(/\s/g, ' '), 'CLP 2,900')
  assert.equal(formatMoney(2900, 'vnd', 'en'), '₫2,900')
  assert.equal(formatMoney(1500, 'isk', 'en').replace(/\s/g, ' '), 'ISK 1,500')
  assert.equal(formatMoney(29_500, 'kwd', 'en').replace(/\s/g, ' '), 'KWD 29.500')
})

test('Spanish writes the comma and the currency behind the amount', () => {
  assert.equal(formatMoney(2900, 'eur', 'es').replace(/\s/g, ' '), '29,00 €')
})

test('a discount keeps its sign', () => {
  assert.equal(formatMoney(-500, 'usd', 'en'), '-$5.00')
})

test('a unit price shows every digit it needs, and no more', () => {
  assert.equal(formatRate(25, 'usd', 'en'), '$0.0025')
  assert.equal(formatRate(10_000, 'usd', 'en'), '$1.00')
  assert.equal(formatRate(-20_500, 'usd', 'en'), '-$2.05')
  assert.equal(formatRate(15_000, 'jpy', 'en'), '¥1.5')
})
