import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDelivered, judge } from '#webhooks/delivery.ts'

const noon = Temporal.Instant.from('2026-07-11T12:00:00Z')

test('eight attempts: after 1, 5, 15 and 30 minutes, 1, 2 and 4 hours, then it has failed', () => {
  const told = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => {
    const verdict = judge({ status: 500 }, attempt, noon)
    return verdict.state === 'waiting' ? verdict.at.toString().slice(11, 16) : verdict.state
  })
  assert.deepEqual(told, ['12:01', '12:05', '12:15', '12:30', '13:00', '14:00', '16:00', 'failed'])
})

test('2xx is delivered; redirects, refusals and silence are not', () => {
  assert.equal(isDelivered({ status: 200 }), true)
  assert.equal(isDelivered({ status: 299 }), true)
  for (const status of [199, 300, 301, 302, 304, 307, 400, 410, 429, 500]) assert.equal(isDelivered({ status }), false)
  assert.equal(isDelivered({ error: 'no answer within 10 seconds' }), false)
  assert.deepEqual(judge({ status: 204 }, 8, noon), { state: 'delivered' })
})
