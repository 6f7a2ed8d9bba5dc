import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { cards, PaymentBench } from '../support/payment-bench.ts'
import { booksOf, newInvoice, settlementsOf, vaultCard } from '../support/payments.ts'
import { cutSessionsEnded } from '../support/power-cut.ts'
import type { Order } from './payment-child.ts'

let bench: PaymentBench
before(async () => {
  bench = await PaymentBench.create()
})
beforeEach(() => bench.reset())
after(() => bench.database.drop())

/** Runs the work in a process of its own, which is killed where it was told to be. */
async function crash(crashAt: Order['crashAt'], work: Order['work']): Promise<void> {
  const order: Order = { url: bench.database.url, orgId: bench.context.org.id, crashAt, work }
  const file = join(import.meta.dirname, 'payment-child.ts')
  const child = spawn(process.execPath, [file, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL', `the process was stopped at ${crashAt}`)
  await cutSessionsEnded(bench.database.pool)
}

/** Pays a new invoice in a process that is killed, and gives the attempt it left behind. */
async function crashPaying(crashAt: Order['crashAt'], number: string, offSession: boolean): Promise<Attempt> {
  const { customerId } = bench
  const invoiceId = await newInvoice(bench.database.db, bench.context, customerId)
  const token = await vaultCard(bench.services.processor, number)
  await crash(crashAt, { kind: 'pay', customerId, invoiceId, token, offSession })
  return (await findInvoiceAttempt(bench.database.db, bench.context.org.id, invoiceId)) ?? assert.fail('no attempt')
}

/** What stands in the end: the attempt's state, the processor's books, and the settlements that ran. */
async function standing(attempt: Attempt) {
  return {
    attempt: (await bench.now(attempt)).state,
    books: (await booksOf(bench.database.db, attempt)).map(({ state }) => state),
    settlements: await settlementsOf(bench.database.db, attempt.id),
  }
}

const sweep = (minutes = 5) => sweepAttempts(bench.later({ minutes }), 10)

const everyPoint = ['attempt.recorded', 'attempt.charged', 'settlement', 'attempt.settled'] as const
const chargedOnce = { attempt: 'succeeded', books: ['succeeded'], settlements: ['succeeded 2026-06-16T12:00:00Z'] }
const declinedOnce = { attempt: 'failed', books: ['declined'], settlements: ['failed 2026-06-16T12:00:00Z'] }
const takenBack = { attempt: 'failed', books: ['canceled'], settlements: ['failed 2026-06-16T12:00:00Z'] }

for (const point of everyPoint) {
  test(`a renewal stopped at ${point}: charged once, settled once, dated as if it had not stopped`, async () => {
    const attempt = await crashPaying(point, cards.good, true)
    await sweep()
    await sweep(60)
    assert.deepEqual(await standing(attempt), chargedOnce)
  })

  test(`a renewal that is declined, stopped at ${point}: fails once`, async () => {
    const attempt = await crashPaying(point, cards.declined, true)
    await sweep()
    await sweep(60)
    assert.deepEqual(await standing(attempt), declinedOnce)
  })

  test(`a checkout stopped at ${point}: charged once or not at all, and the customer can go on`, async () => {
    const attempt = await crashPaying(point, cards.good, false)
    await sweep()
    const hadAsked = point !== 'attempt.recorded'
    assert.deepEqual(await standing(attempt), hadAsked ? chargedOnce : takenBack)
    const again = bench.charge(cards.good, { invoiceId: attempt.invoiceId })
    if (hadAsked) await assert.rejects(again, /paid already/)
    else assert.deepEqual(await standing(await again), chargedOnce)
  })
}

for (const point of ['attempt.charged', 'settlement', 'attempt.settled'] as const) {
  test(`an approved authentication stopped at ${point}: charged once, settled once`, async () => {
    const attempt = await bench.charge(cards.asks)
    await bench.answerBank(attempt, 'approve')
    await crash(point, { kind: 'finish', attemptId: attempt.id })
    await sweep()
    const { settlements, ...money } = await standing(attempt)
    assert.deepEqual(money, { attempt: 'succeeded', books: ['succeeded'] })
    assert.equal(settlements.length, 1)
  })
}

for (const point of ['attempt.charged', 'settlement'] as const) {
  test(`a change of the card stopped at ${point}: the first card is out of the game`, async () => {
    const attempt = await bench.charge(cards.asks)
    await crash(point, { kind: 'supersede', attemptId: attempt.id })
    assert.equal(await bench.answerBank(attempt, 'approve'), 'declined')
    await sweep()
    assert.equal((await bench.now(attempt)).failureCode, 'authentication_abandoned')
    assert.equal((await settlementsOf(bench.database.db, attempt.id)).length, 1)
    assert.equal((await bench.charge(cards.good, { invoiceId: attempt.invoiceId })).state, 'succeeded')
  })

  test(`a sweep stopped at ${point}, after a renewal that was stopped: the next sweep ends it, charged once`, async () => {
    const attempt = await crashPaying('attempt.recorded', cards.good, true)
    await crash(point, { kind: 'sweep', attemptId: attempt.id })
    assert.equal((await bench.now(attempt)).state, 'started')
    await sweep(60)
    assert.deepEqual(await standing(attempt), chargedOnce)
  })
}
