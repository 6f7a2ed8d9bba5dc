import assert from 'node:assert/strict'
import { test } from 'node:test'
import { thresholdPassed } from '#metering/thresholds.ts'

const credits = { model: 'credits', full: 100n, lowTold: false } as const
const balance = { model: 'balance', full: 50_000n, lowTold: false } as const

test('10 of 100 credits are low, 11 are not', () => {
  assert.equal(thresholdPassed({ ...credits, before: 12n, after: 11n }), null)
  assert.equal(thresholdPassed({ ...credits, before: 11n, after: 10n }), 'credits.low')
  assert.equal(thresholdPassed({ ...credits, before: 10n, after: 9n }), null)
})

test('low credits are told once in a window, a low balance at every crossing', () => {
  assert.equal(thresholdPassed({ ...credits, before: 50n, after: 5n, lowTold: true }), null)
  assert.equal(thresholdPassed({ ...balance, before: 20_000n, after: 5_000n, lowTold: true }), 'balance.low')
})

test('reaching zero tells only that', () => {
  assert.equal(thresholdPassed({ ...credits, before: 50n, after: 0n }), 'credits.depleted')
  assert.equal(thresholdPassed({ ...balance, before: 50n, after: -10n }), 'balance.depleted')
  assert.equal(thresholdPassed({ ...balance, before: -10n, after: -20n }), null)
})
