import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasExpired, statusOf } from './payment.ts'

test('what is under way shows, what is over stays', () => {
  assert.equal(statusOf({ status: 'pending' }, undefined), 'pending')
  assert.equal(statusOf({ status: 'pending' }, { state: 'started' }), 'processing')
  assert.equal(statusOf({ status: 'failed' }, { state: 'requires_action' }), 'requires_action')
  assert.equal(statusOf({ status: 'failed' }, { state: 'failed' }), 'failed')
  assert.equal(statusOf({ status: 'succeeded' }, { state: 'refunded' }), 'succeeded')
  assert.equal(statusOf({ status: 'canceled' }, { state: 'failed' }), 'canceled')
})

test('a link expires at its moment, and one without a moment never', () => {
  const expiresAt = Temporal.Instant.from('2026-07-01T00:00:00Z')
  assert.equal(hasExpired({ expiresAt }, expiresAt.subtract({ milliseconds: 1 })), false)
  assert.equal(hasExpired({ expiresAt }, expiresAt), true)
  assert.equal(hasExpired({ expiresAt: null }, expiresAt), false)
})
