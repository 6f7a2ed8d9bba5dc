import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ceilUnits, parseQuantity, quantityToNumber, quantityToText, units } from '#money/quantity.ts'

test('numbers and texts are read exactly', () => {
  assert.equal(parseQuantity(1), 1_000_000n)
  assert.equal(parseQuantity(1.5), 1_500_000n)
  assert.equal(parseQuantity(0.1), 100_000n)
  assert.equal(parseQuantity(-0), 0n)
  assert.equal(parseQuantity(-2.25), -2_250_000n)
  assert.equal(parseQuantity('0.000001'), 1n)
  assert.equal(parseQuantity('1000000000000'), 1_000_000_000_000_000_000n)
  assert.equal(parseQuantity('999999999999.999999'), 999_999_999_999_999_999n)
})

test('exponents are read exactly', () => {
  assert.equal(parseQuantity(1e-6), 1n)
  assert.equal(parseQuantity(1e21), 1_000_000_000_000_000_000_000_000_000n)
  assert.equal(parseQuantity(1.5e21), 1_500_000_000_000_000_000_000_000_000n)
  assert.equal(parseQuantity('25E-1'), 2_500_000n)
  assert.equal(parseQuantity('1.25e+2'), 125_000_000n)
})

test('finer than a millionth is refused', () => {
  assert.equal(parseQuantity(1e-7), undefined)
  assert.equal(parseQuantity(0.1234567), undefined)
  assert.equal(parseQuantity('1.0000001'), undefined)
  assert.equal(parseQuantity(0.1 + 0.2), undefined)
  assert.equal(parseQuantity(5e-324), undefined)
  assert.equal(parseQuantity('15e-7'), undefined)
})

test('zeros at the end are not decimals', () => {
  assert.equal(parseQuantity('1.50000000'), 1_500_000n)
  assert.equal(parseQuantity('10e-7'), 1n)
})

test('what is not a finite decimal number is refused', () => {
  for (const value of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    ' 1',
    '1 ',
    '.5',
    '5.',
    '+1',
    '1,5',
    '0x10',
    '1e',
    '--1',
    '1e9999',
  ]) {
    assert.equal(parseQuantity(value), undefined, String(value))
  }
  assert.equal(parseQuantity('9'.repeat(401)), undefined)
})

test('a quantity is written as the shortest exact text', () => {
  assert.equal(quantityToText(1_500_000n), '1.5')
  assert.equal(quantityToText(3_000_000n), '3')
  assert.equal(quantityToText(0n), '0')
  assert.equal(quantityToText(-1n), '-0.000001')
  assert.equal(quantityToText(100_000_010n), '100.00001')
})

test('a quantity is answered as a number', () => {
  assert.equal(quantityToNumber(1_500_000n), 1.5)
  assert.equal(quantityToNumber(-1n), -0.000001)
  assert.equal(quantityToNumber(1_000_000_000_000_000_000n), 1_000_000_000_000)
})

test('whole units become quantities, and round up when counted', () => {
  assert.equal(units(10), 10_000_000n)
  assert.equal(units(10n), 10_000_000n)
  assert.throws(() => units(1.5), /1.5 is not a whole number of units/)
  assert.equal(ceilUnits(1_200_000n), 2n)
  assert.equal(ceilUnits(2_000_000n), 2n)
  assert.equal(ceilUnits(1n), 1n)
  assert.equal(ceilUnits(0n), 0n)
})
