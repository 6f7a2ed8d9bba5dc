import assert from 'node:assert/strict'
import { test } from 'node:test'
import { availableFrom, balanceOf } from './payout.ts'

test('what was given back, is disputed or was paid out is not there any more', () => {
  const facts = { settled: 10_000n, pending: 2_900n, refunded: 2_900n, disputed: 1_000n, fees: 30n, paidOut: 5_000n }
  assert.deepEqual(balanceOf(facts), { available: 1_070n, pending: 2_900n })
  assert.deepEqual(balanceOf({ ...facts, paidOut: 7_000n }), { available: -930n, pending: 2_900n })
})

test('a payment can be paid out two days after it settled', () => {
  const paidAt = Temporal.Instant.from('2026-06-16T12:00:00Z')
  assert.equal(String(availableFrom(paidAt)), '2026-06-18T12:00:00Z')
})
