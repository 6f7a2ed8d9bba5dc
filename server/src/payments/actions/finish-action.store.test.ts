import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { finishAction } from '#payments/actions/finish-action.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { Problem } from '#problem.ts'
import { contextAt, noon } from '../../../test/support/organisations.ts'
import { cards, PaymentBench } from '../../../test/support/payment-bench.ts'
import { newSandbox, settlementsOf } from '../../../test/support/payments.ts'

let bench: PaymentBench
before(async () => {
  bench = await PaymentBench.create()
})
beforeEach(() => bench.reset())
after(() => bench.database.drop())

const refusedWith = (code: string) => (error: unknown) => error instanceof Problem && error.code === code

test('an approved authentication settles the attempt once, at the time it was finished', async () => {
  const attempt = await bench.charge(cards.asks)
  assert.equal(attempt.state, 'requires_action')
  assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), [])
  await bench.answerBank(attempt, 'approve')
  const later = contextAt(bench.context.org, noon.add({ minutes: 5 }))
  const finish = () => finishAction(bench.services, later, attempt.id)
  const finished = await Promise.all(Array.from({ length: 8 }, finish))
  assert.deepEqual([...new Set(finished.map(({ state }) => state))], ['succeeded'])
  assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), ['succeeded 2026-06-16T12:05:00Z'])
})

test('a failed authentication fails the attempt', async () => {
  const attempt = await bench.charge(cards.asks)
  await bench.answerBank(attempt, 'fail')
  const finished = await finishAction(bench.services, bench.context, attempt.id)
  assert.equal(finished.state, 'failed')
  assert.equal(finished.failureCode, 'authentication_failed')
})

test('an authentication that is not finished yet stays open, also when the provider cannot be asked', async () => {
  const attempt = await bench.charge(cards.asks)
  assert.equal((await finishAction(bench.services, bench.context, attempt.id)).state, 'requires_action')
  bench.services.processor.faults.refuseConnection = true
  assert.equal((await finishAction(bench.services, bench.context, attempt.id)).state, 'requires_action')
})

test('another organisation’s attempt is as unknown as one that never was', async () => {
  const attempt = await bench.charge(cards.asks)
  const other = await newSandbox(bench.database.db)
  const finishing = finishAction(bench.services, other.context, attempt.id)
  await assert.rejects(finishing, refusedWith('transaction_not_found'))
  await assert.rejects(supersedeAction(bench.services, other.context, attempt), refusedWith('transaction_not_found'))
  assert.equal((await bench.now(attempt)).state, 'requires_action')
})

test('another card ends the unfinished authentication first, and can then be charged', async () => {
  const attempt = await bench.charge(cards.asks)
  const superseded = await supersedeAction(bench.services, bench.context, attempt)
  assert.equal(superseded.state, 'failed')
  assert.equal(superseded.failureCode, 'authentication_abandoned')
  const next = await bench.charge(cards.good, { invoiceId: attempt.invoiceId })
  assert.equal(next.state, 'succeeded')
  assert.equal(await bench.answerBank(attempt, 'approve'), 'declined', 'the first card can no longer be approved')
})

test('an authentication that was approved meanwhile is a success, and no other card is charged', async () => {
  const attempt = await bench.charge(cards.asks)
  await bench.answerBank(attempt, 'approve')
  const superseded = await supersedeAction(bench.services, bench.context, attempt)
  assert.equal(superseded.state, 'succeeded')
  assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), ['succeeded 2026-06-16T12:00:00Z'])
  const { invoiceId } = attempt
  await assert.rejects(bench.charge(cards.good, { invoiceId }), /paid already/)
})

test('approval and another card at the same time: one of them wins, never both', async () => {
  for (let round = 0; round < 10; round++) {
    const attempt = await bench.charge(cards.asks)
    const [bank, superseded] = await Promise.all([
      bench.answerBank(attempt, 'approve'),
      supersedeAction(bench.services, bench.context, attempt),
    ])
    assert.equal(superseded.state, bank === 'succeeded' ? 'succeeded' : 'failed')
    assert.equal((await settlementsOf(bench.database.db, attempt.id)).length, 1)
  }
})

test('nothing takes the place of an attempt whose outcome is unknown', async () => {
  const unsettled = await bench.beginCharge(cards.good)
  const superseding = supersedeAction(bench.services, bench.context, unsettled)
  await assert.rejects(superseding, refusedWith('charge_in_progress'))
  const waiting = await bench.charge(cards.asks)
  bench.services.processor.faults.refuseConnection = true
  await assert.rejects(supersedeAction(bench.services, bench.context, waiting), refusedWith('charge_in_progress'))
})

test('there is nothing to supersede once an attempt has ended', async () => {
  const failed = await bench.charge(cards.declined)
  const later = contextAt(bench.context.org, noon.add({ hours: 1 }))
  const { state, failureCode, updatedAt } = await supersedeAction(bench.services, later, failed)
  assert.equal(`${state} ${failureCode} ${updatedAt}`, 'failed card_declined 2026-06-16T12:00:00Z')
})
