import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextRefill, thresholdPassed } from '#metering/thresholds.ts'

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

test('an account is filled again at the end of its window or trial, unless it ends by then or a payment is missing', () => {
  const day = (text: string) => Temporal.PlainDate.from(text)
  const running = {
    status: 'active',
    windowEnd: day('2041-07-01'),
    trialEndsOn: null,
    cancelEffectiveOn: null,
  } as const
  const next = (changes: Partial<Parameters<typeof nextRefill>[0]>) =>
    nextRefill({ ...running, ...changes })?.toString() ?? null
  assert.equal(next({}), '2041-07-01')
  assert.equal(next({ status: 'trialing', trialEndsOn: day('2041-08-15') }), '2041-08-15')
  assert.equal(next({ cancelEffectiveOn: day('2041-07-01') }), null)
  assert.equal(next({ cancelEffectiveOn: day('2042-03-01') }), '2041-07-01')
  assert.equal(next({ status: 'past_due' }), null)
})
