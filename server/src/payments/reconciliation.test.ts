import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reconcile } from './reconciliation.ts'

const booked = (transaction: string, amount: bigint) => ({ transaction, amount, currency: 'usd' })

test('books that agree have no difference, and what is still open here is none', () => {
  const ours = [booked('txn_1', 2900n)]
  assert.deepEqual(
    reconcile(ours, ours, () => false),
    [],
  )
  assert.deepEqual(
    reconcile(ours, [...ours, booked('txn_2', 500n)], (id) => id === 'txn_2'),
    [],
  )
})

test('a charge that is missing on either side, or over another amount, is found', () => {
  const found = reconcile(
    [booked('txn_1', 2900n), booked('txn_2', 500n)],
    [booked('txn_2', 501n), booked('txn_3', 1n)],
    () => false,
  )
  assert.deepEqual(
    found.map(({ transaction, kind }) => [transaction, kind]),
    [
      ['txn_1', 'missing_at_provider'],
      ['txn_2', 'another_amount'],
      ['txn_3', 'missing_here'],
    ],
  )
})
