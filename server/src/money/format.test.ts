import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currency } from '#money/currency.ts'
import { formatMinor, formatQuantity, formatRate, formatScaled } from '#money/format.ts'

const [usd, jpy, kwd] = [currency('usd'), currency('jpy'), currency('kwd')]

test('amounts have the decimals of their currency, rates always four', () => {
  assert.equal(formatMinor(10_000n, usd), '$100.00')
  assert.equal(formatMinor(5n, usd), '$0.05')
  assert.equal(formatMinor(-1450n, usd), '-$14.50')
  assert.equal(formatMinor(0n, usd), '$0.00')
  assert.equal(formatMinor(2900n, jpy), '¥2,900')
  assert.match(formatMinor(1234n, kwd), /1\.234$/)
  assert.equal(formatRate(200n, usd), '$0.0200')
  assert.equal(formatRate(250_000n, usd), '$25.0000')
  assert.equal(formatRate(-15_000n, usd), '-$1.5000')
  assert.equal(formatRate(200n, jpy), '¥0.0200')
  assert.equal(formatScaled(33_333_333n, 6, usd), '$33.333333')
})

test('no digit of a large amount is lost', () => {
  assert.equal(formatMinor(9_007_199_254_740_993n, usd), '$90,071,992,547,409.93')
  assert.equal(formatQuantity(999_999_999_999_999_999n), '999,999,999,999.999999')
})

test('quantities show the decimals they have', () => {
  assert.equal(formatQuantity(5_000_000_000n), '5,000')
  assert.equal(formatQuantity(1_500_000n), '1.5')
  assert.equal(formatQuantity(-1n), '-0.000001')
  assert.equal(formatQuantity(0n), '0')
})
