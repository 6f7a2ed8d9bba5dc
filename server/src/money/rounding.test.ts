import assert from 'node:assert/strict'
import { test } from 'node:test'
import { divideRounded, divideUp } from '#money/rounding.ts'

test('a half rounds away from zero on both sides', () => {
  assert.equal(divideRounded(5n, 2n), 3n)
  assert.equal(divideRounded(-5n, 2n), -3n)
  assert.equal(divideRounded(7n, 2n), 4n)
  assert.equal(divideRounded(-7n, 2n), -4n)
  assert.equal(divideRounded(1n, 2n), 1n)
  assert.equal(divideRounded(-1n, 2n), -1n)
})

test('anything but a half rounds to the nearest', () => {
  assert.equal(divideRounded(4n, 3n), 1n)
  assert.equal(divideRounded(5n, 3n), 2n)
  assert.equal(divideRounded(-4n, 3n), -1n)
  assert.equal(divideRounded(-5n, 3n), -2n)
  assert.equal(divideRounded(0n, 3n), 0n)
  assert.equal(divideRounded(6n, 3n), 2n)
  assert.equal(divideRounded(49_999_999_999_999_999_999n, 100_000_000_000_000_000_000n), 0n)
})

test('rounding up goes towards plus infinity', () => {
  assert.equal(divideUp(7n, 2n), 4n)
  assert.equal(divideUp(1n, 1_000_000n), 1n)
  assert.equal(divideUp(6n, 2n), 3n)
  assert.equal(divideUp(0n, 2n), 0n)
  assert.equal(divideUp(-7n, 2n), -3n)
  assert.equal(divideUp(-1n, 2n), 0n)
  assert.equal(divideUp(-6n, 2n), -3n)
})

test('a denominator that is not positive throws', () => {
  for (const divide of [divideRounded, divideUp]) {
    assert.throws(() => divide(1n, 0n), /denominator must be positive/)
    assert.throws(() => divide(1n, -2n), /denominator must be positive/)
  }
})
