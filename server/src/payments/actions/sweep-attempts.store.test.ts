import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { machineNow } from '#time/clock.ts'
import { noon } from '../../../test/support/organisations.ts'
import { cards, PaymentBench } from '../../../test/support/payment-bench.ts'
import { booksOf, settlementsOf } from '../../../test/support/payments.ts'

let bench: PaymentBench
before(async () => {
  bench = await PaymentBench.create()
})
beforeEach(() => bench.reset())
after(() => bench.database.drop())

const renewal = { purpose: 'renewal', offSession: true } as const
const succeededAtNoon = ['succeeded 2026-06-16T12:00:00Z']
const failedAtNoon = ['failed 2026-06-16T12:00:00Z']

async function bookedStates(attempt: { id: string }): Promise<string[]> {
  return (await booksOf(bench.database.db, attempt)).map(({ state }) => state)
}

for (const fault of ['timeoutAfterCharge', 'dropAnswer'] as const) {
  test(`an answer lost after the booking (${fault}): charged once, settled once, dated as if nothing had happened`, async () => {
    const attempt = await bench.chargeOver(fault)
    await Promise.all(Array.from({ length: 4 }, () => sweepAttempts(bench.later({ minutes: 5 }), 10)))
    assert.equal((await bench.now(attempt)).state, 'succeeded')
    assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), succeededAtNoon)
    assert.deepEqual(await bookedStates(attempt), ['succeeded'])
  })
}

test('a renewal that never reached the provider is charged by the sweeper, once', async () => {
  const attempt = await bench.chargeOver('refuseConnection', renewal)
  await sweepAttempts(bench.later({ minutes: 5 }), 10)
  await sweepAttempts(bench.later({ minutes: 60 }), 10)
  assert.equal((await bench.now(attempt)).state, 'succeeded')
  assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), succeededAtNoon)
  assert.deepEqual(await bookedStates(attempt), ['succeeded'])
})

test('a checkout’s charge that never reached the provider is taken back, and cannot be booked afterwards', async () => {
  const attempt = await bench.beginCharge(cards.good)
  await sweepAttempts(bench.later({ minutes: 5 }), 10)
  const failed = await bench.now(attempt)
  assert.equal(failed.state, 'failed')
  assert.equal(failed.failureCode, 'processing_error')
  const late = await performAttempt(bench.services, bench.context, attempt)
  assert.equal(late.state, 'failed', 'the process that was asleep all the while learns it')
  assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), failedAtNoon)
  assert.deepEqual(await bookedStates(attempt), ['canceled'])
  assert.equal((await bench.charge(cards.good, { invoiceId: attempt.invoiceId })).state, 'succeeded')
})

test('an attempt that is slow and swept at the same time is charged at most once, and both learn the same', async () => {
  for (const changes of [{}, renewal]) {
    const attempt = await bench.beginCharge(cards.good, changes)
    const [performed] = await Promise.all([
      performAttempt(bench.services, bench.context, attempt),
      sweepAttempts(bench.later({ minutes: 5 }), 10),
    ])
    assert.equal((await bench.now(attempt)).state, performed.state)
    assert.equal((await settlementsOf(bench.database.db, attempt.id)).length, 1)
    assert.deepEqual(await bookedStates(attempt), [performed.state === 'succeeded' ? 'succeeded' : 'canceled'])
  }
})

test('an attempt that may still be under way is left alone', async () => {
  const attempt = await bench.beginCharge(cards.good)
  assert.equal((await sweepAttempts(bench.later({ seconds: 20 }), 10)).looked, 0)
  assert.equal((await performAttempt(bench.services, bench.context, attempt)).state, 'succeeded')
})

test('while the provider cannot be reached nothing is decided, and the looks become rarer', async () => {
  const attempt = await bench.chargeOver('refuseConnection')
  bench.services.processor.faults.refuseConnection = true
  const report = await sweepAttempts(bench.later({ minutes: 5 }), 10)
  assert.deepEqual(report, { looked: 1, settled: 0, troubled: [] })
  const looked = await bench.now(attempt)
  assert.equal(looked.state, 'started')
  assert.equal(looked.looks, 1)
  assert.equal((await sweepAttempts(bench.later({ seconds: 330 }), 10)).looked, 0, 'the next look is a minute later')
  assert.equal((await sweepAttempts(bench.later({ seconds: 370 }), 10)).looked, 1)
  assert.equal((await sweepAttempts(bench.later({ seconds: 640 }), 10)).looked, 0, 'and the one after it five minutes')
  assert.equal((await sweepAttempts(bench.later({ seconds: 700 }), 10)).looked, 1)
})

test('an approval whose customer never came back is settled, as of the organisation’s now', async () => {
  const attempt = await bench.charge(cards.asks)
  await bench.answerBank(attempt, 'approve')
  await sweepAttempts(bench.later({ minutes: 5 }), 10)
  const settled = await bench.now(attempt)
  assert.equal(settled.state, 'succeeded')
  assert.equal((await settlementsOf(bench.database.db, attempt.id)).length, 1)
  assert(Temporal.Instant.compare(settled.paidAt ?? noon, machineNow()) > 0)
})

test('an authentication that nobody finishes is ended after two days', async () => {
  const attempt = await bench.charge(cards.asks)
  for (let hours = 1; hours <= 24; hours++) await sweepAttempts(bench.later({ minutes: hours * 60 }), 10)
  assert.equal((await bench.now(attempt)).state, 'requires_action', 'a day is not too long to think about it')
  for (let hours = 25; hours <= 96; hours++) await sweepAttempts(bench.later({ minutes: hours * 60 }), 10)
  const ended = await bench.now(attempt)
  assert.equal(ended.state, 'failed')
  assert.equal(ended.failureCode, 'authentication_abandoned')
})

test('an attempt that cannot be settled is reported and does not stop the others', async () => {
  const stuck = await bench.chargeOver('dropAnswer')
  const fine = await bench.chargeOver('dropAnswer', renewal)
  const broken = async () => {
    throw new Error('the invoice is gone')
  }
  const settlements = { ...bench.services.settlements, first_invoice: { succeeded: broken, failed: broken } }
  const report = await sweepAttempts({ ...bench.later({ minutes: 5 }), settlements }, 10)
  assert.deepEqual(
    report.troubled.map(({ attemptId }) => attemptId),
    [stuck.id],
  )
  assert.equal((await bench.now(fine)).state, 'succeeded')
  assert.equal((await bench.now(stuck)).state, 'started')
  await sweepAttempts(bench.later({ minutes: 10 }), 10)
  assert.equal((await bench.now(stuck)).state, 'succeeded')
})

test('a provider that is configured no more is not asked, and nothing is decided for it', async () => {
  const attempt = await bench.chargeOver('dropAnswer')
  const providers = { commet: undefined, stripe: undefined, dlocal: undefined }
  const report = await sweepAttempts({ ...bench.later({ minutes: 5 }), providers }, 10)
  assert.deepEqual(report, { looked: 1, settled: 0, troubled: [] })
  assert.equal((await bench.now(attempt)).state, 'started')
})

test('a sweep looks at no more than its limit, the longest waiting first', async () => {
  const first = await bench.chargeOver('dropAnswer')
  const second = await bench.chargeOver('dropAnswer')
  assert.equal((await sweepAttempts(bench.later({ minutes: 5 }), 1)).settled, 1)
  assert.equal((await bench.now(first)).state, 'succeeded')
  assert.equal((await bench.now(second)).state, 'started')
})
