import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWornOut, streakAfter } from '#webhooks/streak.ts'

test('three failed events in a row are too many; one that arrives begins anew, a retry that is due says nothing', () => {
  assert.equal(streakAfter(0, ['failed', 'waiting', 'failed']), 2)
  assert.equal(streakAfter(2, ['failed']), 3)
  assert.equal(streakAfter(2, ['delivered', 'failed']), 1)
  assert.equal(streakAfter(0, ['failed', 'failed', 'failed', 'delivered']), 3)
  assert.equal(streakAfter(1, ['failed', 'failed', 'delivered', 'failed']), 3)
  assert.deepEqual([2, 3, 4].map(isWornOut), [false, true, true])
})
