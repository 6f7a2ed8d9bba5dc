import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percentOf, percentOfUp } from '#money/basis-points.ts'

test('2,000 basis points are 20 %', () => {
  assert.equal(percentOf(9900n, 2_000n), 1980n)
  assert.equal(percentOf(9900n, 10_000n), 9900n)
  assert.equal(percentOf(9900n, 0n), 0n)
})

test('a percentage rounds half away from zero', () => {
  assert.equal(percentOf(50n, 100n), 1n)
  assert.equal(percentOf(-50n, 100n), -1n)
  assert.equal(percentOf(49n, 100n), 0n)
  assert.equal(percentOf(4999n, 2_150n), 1075n)
})

test('a margin of 20 % on 105 is 21, and rounds up', () => {
  assert.equal(percentOfUp(105n, 2_000n), 21n)
  assert.equal(percentOfUp(106n, 2_000n), 22n)
  assert.equal(percentOfUp(0n, 2_000n), 0n)
})
