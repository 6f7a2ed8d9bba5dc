import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AttemptState, transitions } from './attempt.ts'
import { statesOf, statusOf, transactionStatuses } from './transaction-status.ts'

test('an attempt in flight is pending, every other state keeps its name', () => {
  assert.equal(statusOf('started'), 'pending')
  assert.equal(statusOf('requires_action'), 'pending')
  assert.equal(statusOf('disputed'), 'disputed')
})

test('filtering by a status finds exactly the states that are shown with it', () => {
  const states = Object.keys(transitions) as AttemptState[]
  for (const status of transactionStatuses) {
    assert.deepEqual(
      statesOf(status),
      states.filter((state) => statusOf(state) === status),
    )
  }
})
