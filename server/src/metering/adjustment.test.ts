import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideAdjustment } from '#metering/adjustment.ts'
import { emptyAccount } from '#metering/ledger.ts'

const account = { ...emptyAccount, planCredits: 10n, purchasedCredits: 5n, balance: 20_000n, reserved: 0n }

test('credits that are given are purchased ones', () => {
  assert.deepEqual(decideAdjustment('credits', account, 100n, 'sorry'), {
    kind: 'move',
    movement: { kind: 'adjustment', purchasedCredits: 100n, reason: 'sorry' },
    held: 115n,
  })
})

test('credits that are taken come from the plan first: 12 take 10 and 2', () => {
  assert.deepEqual(decideAdjustment('credits', account, -12n, null), {
    kind: 'move',
    movement: { kind: 'adjustment', planCredits: -10n, purchasedCredits: -2n, reason: null },
    held: 3n,
  })
})

test('more credits than there are cannot be taken', () => {
  assert.deepEqual(decideAdjustment('credits', account, -16n, null), { kind: 'refused', code: 'insufficient_credits' })
})

test('a balance falls below zero only where the plan allows an overdraft', () => {
  assert.deepEqual(decideAdjustment('balance', account, -20_001n, null), {
    kind: 'refused',
    code: 'insufficient_balance',
  })
  const allowed = decideAdjustment('balance', { ...account, mayOverdraw: true }, -20_001n, null)
  assert(allowed.kind === 'move')
  assert.equal(allowed.held, -1n)
})

test('what is reserved cannot be taken: 15 credits with 4 held give 11, and $2.00 with $0.50 held gives $1.50', () => {
  const holding = { ...account, reserved: 4n }
  assert.equal(decideAdjustment('credits', holding, -11n, null).kind, 'move')
  assert.deepEqual(decideAdjustment('credits', holding, -12n, null), { kind: 'refused', code: 'insufficient_credits' })
  const booked = { ...account, reserved: 5_000n }
  assert.equal(decideAdjustment('balance', booked, -15_000n, null).kind, 'move')
  assert.deepEqual(decideAdjustment('balance', booked, -15_001n, null), {
    kind: 'refused',
    code: 'insufficient_balance',
  })
  assert.equal(decideAdjustment('credits', { ...account, reserved: 40n }, 1n, null).kind, 'move')
})

test('nothing grows beyond what an answer can carry', () => {
  assert.deepEqual(decideAdjustment('balance', account, 9_007_199_254_740_991n, null), {
    kind: 'refused',
    code: 'too_much',
  })
})
