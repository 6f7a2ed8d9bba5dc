import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quotaLevel, watchOf } from '#metering/quota-watch.ts'
import { units } from '#money/quantity.ts'

const startsOn = Temporal.PlainDate.from('2026-06-01')
const billed = (included: number) => ({ included: units(included), isOverageOn: true, startsOn })
const limited = (included: number) => ({ included: units(included), isOverageOn: false, startsOn })

test('80 of 100 is the threshold, 79.999999 is not', () => {
  assert.equal(quotaLevel(billed(100), units(80) - 1n), 0)
  assert.equal(quotaLevel(billed(100), units(80)), 1)
  assert.equal(quotaLevel(limited(100), units(80)), 1)
})

test('where overage is billed the quota is exceeded beyond it, where it is not at it', () => {
  assert.equal(quotaLevel(billed(100), units(100)), 1)
  assert.equal(quotaLevel(billed(100), units(100) + 1n), 2)
  assert.equal(quotaLevel(limited(100), units(100) - 1n), 1)
  assert.equal(quotaLevel(limited(100), units(100)), 2)
})

test('80 % of an odd amount is not rounded', () => {
  assert.equal(quotaLevel(billed(3), 2_399_999n), 0)
  assert.equal(quotaLevel(billed(3), 2_400_000n), 1)
})

test('where nothing is included the first unit is overage, without a threshold before it', () => {
  assert.equal(quotaLevel(billed(0), 0n), 0)
  assert.equal(quotaLevel(billed(0), 1n), 2)
})

test('unlimited usage, ledgers, and a limit of nothing are not watched', () => {
  assert.equal(watchOf({ kind: 'unlimited' }, { startsOn }), null)
  assert.equal(watchOf({ kind: 'ledger', model: 'credits' }, { startsOn }), null)
  assert.equal(watchOf({ kind: 'limited', included: 0n }, { startsOn }), null)
  assert.deepEqual(watchOf({ kind: 'limited', included: units(5) }, { startsOn }), limited(5))
  assert.deepEqual(watchOf({ kind: 'billed_beyond', included: 0n }, { startsOn }), billed(0))
})
