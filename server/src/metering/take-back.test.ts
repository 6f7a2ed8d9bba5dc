import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyAccount } from './ledger.ts'
import { remainingOf } from './take-back.ts'

const account = { ...emptyAccount, model: 'credits', reserved: 0n, windowNumber: 3 }
const pack = { kind: 'credits', amount: 100n, windowNumber: 1 } as const
const topUp = { kind: 'balance', amount: 70_000n, windowNumber: 3 } as const

test('credits of a pack remain as far as purchased credits are left', () => {
  assert.equal(remainingOf(pack, { ...account, purchasedCredits: 250n }), 100n)
  assert.equal(remainingOf(pack, { ...account, planCredits: 10n, purchasedCredits: 40n }), 40n)
  assert.equal(remainingOf(pack, { ...account, planCredits: 10n }), 0n)
})

test('what reservations hold is not taken back', () => {
  assert.equal(remainingOf(pack, { ...account, planCredits: 10n, purchasedCredits: 40n, reserved: 30n }), 20n)
  assert.equal(remainingOf(topUp, { ...account, model: 'balance', balance: 80_000n, reserved: 30_000n }), 50_000n)
})

test('purchased credits are taken back on a plan that draws on something else, too', () => {
  assert.equal(remainingOf(pack, { ...account, model: 'metered', purchasedCredits: 40n }), 40n)
})

test('a top-up remains as far as the balance goes, and is gone with its window', () => {
  const drawing = { ...account, model: 'balance', balance: 60_000n }
  assert.equal(remainingOf(topUp, drawing), 60_000n)
  assert.equal(remainingOf(topUp, { ...drawing, balance: 90_000n }), 70_000n)
  assert.equal(remainingOf(topUp, { ...drawing, balance: -5n }), 0n)
  assert.equal(remainingOf({ ...topUp, windowNumber: 2 }, drawing), 0n)
})
