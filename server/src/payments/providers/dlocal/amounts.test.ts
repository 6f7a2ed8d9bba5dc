import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { majorUnits, minorUnits } from './amounts.ts'

test('reais are written with two digits, Chilean pesos with none', () => {
  assert.equal(majorUnits(2990n, 'brl'), 29.9)
  assert.equal(majorUnits(5n, 'brl'), 0.05)
  assert.equal(majorUnits(0n, 'brl'), 0)
  assert.equal(majorUnits(15000n, 'clp'), 15000)
  assert.equal(minorUnits(29.9, 'BRL'), 2990n)
  assert.equal(minorUnits(0.05, 'BRL'), 5n)
  assert.equal(minorUnits(15000, 'CLP'), 15000n)
})

test('what a float cannot say is no amount there', () => {
  assert.equal(majorUnits(123456789012345678n, 'brl'), null)
  assert.equal(majorUnits(9007199254740993n, 'clp'), null)
})

test('every amount that is written is read back', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.constantFrom('brl', 'clp', 'cop', 'mxn', 'usd'), (amount, code) => {
      const major = majorUnits(amount, code)
      assert(major !== null)
      assert.equal(minorUnits(major, code.toUpperCase()), amount)
    }),
  )
})
