import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allocate } from '#money/allocate.ts'

test('the largest remainders get the units left over', () => {
  assert.deepEqual(allocate(100n, [1n, 1n, 1n]), [34n, 33n, 33n])
  assert.deepEqual(allocate(1000n, [2900n, 5000n, 100n]), [363n, 625n, 12n])
  assert.deepEqual(allocate(10n, [1n, 5n, 1n]), [2n, 7n, 1n])
})

test('a negative amount is split like its opposite', () => {
  assert.deepEqual(allocate(-100n, [1n, 1n, 1n]), [-34n, -33n, -33n])
})

test('a weight of zero carries nothing', () => {
  assert.deepEqual(allocate(7n, [0n, 3n, 0n]), [0n, 7n, 0n])
})

test('nothing is split into nothing', () => {
  assert.deepEqual(allocate(0n, [1n, 2n]), [0n, 0n])
  assert.deepEqual(allocate(0n, [0n, 0n]), [0n, 0n])
  assert.deepEqual(allocate(0n, []), [])
})

test('an amount that nobody can carry, and a negative weight, throw', () => {
  assert.throws(() => allocate(1n, []), /needs a positive weight/)
  assert.throws(() => allocate(1n, [0n]), /needs a positive weight/)
  assert.throws(() => allocate(1n, [2n, -1n]), /must not be negative/)
})
