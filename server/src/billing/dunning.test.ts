import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isExhausted, mostRetries, nextRetryAt } from '#billing/dunning.ts'

const firstDeclinedAt = Temporal.Instant.from('2027-03-10T06:00:00Z')

test('tries 1, 3, 5 and 7 times 24 hours after the first decline, and none after', () => {
  const tries = [0, 1, 2, 3, 4].map((retries) => String(nextRetryAt({ firstDeclinedAt, retries })))
  assert.deepEqual(tries, [
    '2027-03-11T06:00:00Z',
    '2027-03-13T06:00:00Z',
    '2027-03-15T06:00:00Z',
    '2027-03-17T06:00:00Z',
    'null',
  ])
})

test('the fourth failed try is the last', () => {
  assert.equal(mostRetries, 4)
  assert.equal(isExhausted({ firstDeclinedAt, retries: 3 }), false)
  assert.equal(isExhausted({ firstDeclinedAt, retries: 4 }), true)
})
