import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { inTransaction, type Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt, type NewAttempt } from '#payments/actions/begin-attempt.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { settleAttempt } from '#payments/actions/settle-attempt.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { findCheckoutAttempt, findInvoiceAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'
import { contextAt, noon } from '../../../test/support/organisations.ts'
import { cards, PaymentBench } from '../../../test/support/payment-bench.ts'
import {
  booksOf,
  chargeOf,
  newInvoice,
  newSubscription,
  settlementsOf,
  vaultCard,
} from '../../../test/support/payments.ts'

let bench: PaymentBench
before(async () => {
  bench = await PaymentBench.create()
})
beforeEach(() => bench.reset())
after(() => bench.database.drop())

test('a charge that succeeds is settled with its card, at the organisation’s time', async () => {
  const attempt = await bench.charge(cards.good)
  assert.equal(attempt.state, 'succeeded')
  assert.equal(attempt.paidAt?.toString(), '2026-06-16T12:00:00Z')
  assert.deepEqual(attempt.card, { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2044, country: 'US' })
  assert.equal(attempt.lookAgainAt, null)
  assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), ['succeeded 2026-06-16T12:00:00Z'])
  assert.deepEqual(
    (await booksOf(bench.database.db, attempt)).map(({ state, amount }) => [state, amount]),
    [['succeeded', 2900n]],
  )
})

test('a decline fails the attempt with its reason, and the next attempt is a new one', async () => {
  const attempt = await bench.charge(cards.declined)
  assert.equal(attempt.state, 'failed')
  assert.equal(attempt.failureCode, 'card_declined')
  assert.equal(attempt.failureMessage, 'The card was declined.')
  assert.equal(attempt.paidAt, null)
  assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), ['failed 2026-06-16T12:00:00Z'])
  const next = await bench.charge(cards.good, { invoiceId: attempt.invoiceId })
  assert.equal(next.state, 'succeeded')
  assert.equal((await bench.now(attempt)).state, 'failed')
  assert.equal((await findInvoiceAttempt(bench.database.db, next.orgId, next.invoiceId ?? ''))?.id, next.id)
})

test('16 who want to pay one invoice at once make one attempt and one charge; the others are refused', async () => {
  const invoiceId = await newInvoice(bench.database.db, bench.context, bench.customerId)
  const token = await vaultCard(bench.services.processor, cards.good)
  const pay = async () => {
    const attempt = await bench.begin(chargeOf(bench.customerId, invoiceId, token))
    return performAttempt(bench.services, bench.context, attempt)
  }
  const tries = await Promise.allSettled(Array.from({ length: 16 }, pay))
  const refusals = tries.filter((result) => result.status === 'rejected').map(({ reason }) => reason)
  assert.equal(refusals.length, 15)
  for (const refusal of refusals) {
    assert(refusal instanceof Problem, String(refusal))
    assert.equal(refusal.code, 'charge_in_progress')
  }
  const { rows } = await bench.database.pool.query('select state from payment_transaction where invoice_id = $1', [
    invoiceId,
  ])
  assert.deepEqual(rows, [{ state: 'succeeded' }])
})

test('a paid invoice cannot be charged again', async () => {
  const { invoiceId } = await bench.charge(cards.good)
  await assert.rejects(bench.charge(cards.good, { invoiceId }), /paid already/)
})

test('a checkout stores one card: 16 set-ups at once make one attempt', async () => {
  const setup: NewAttempt = {
    ...chargeOf(bench.customerId, '', await vaultCard(bench.services.processor, cards.good)),
    kind: 'setup',
    purpose: 'trial_setup',
    invoiceId: null,
    checkoutId: `cko_of_${bench.customerId}`,
    amount: 0n,
    subtotal: 0n,
    taxAmount: 0n,
  }
  const tries = await Promise.allSettled(Array.from({ length: 16 }, () => bench.begin(setup)))
  const [begun, ...others] = tries.filter((result) => result.status === 'fulfilled').map(({ value }) => value)
  assert(begun)
  assert.deepEqual(others, [])
  const found = await findCheckoutAttempt(bench.database.db, begun.orgId, setup.checkoutId ?? '')
  assert.equal(found?.id, begun.id)
  assert.equal((await performAttempt(bench.services, bench.context, begun)).state, 'succeeded')
  await assert.rejects(bench.begin(setup), /paid already/)
})

test('amounts that do not add up are never recorded', async () => {
  await assert.rejects(bench.beginCharge(cards.good, { taxAmount: 501n }), /the subtotal and its tax/)
  await assert.rejects(bench.beginCharge(cards.good, { amount: 0n, subtotal: 0n, taxAmount: 0n }), /asks for money/)
})

test('a second settlement of an attempt does nothing, also when 16 come at once', async () => {
  const attempt = await bench.beginCharge(cards.good)
  const card = { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2044, country: 'US' }
  const result = { outcome: 'succeeded', reference: 'ch_1', card } as const
  const settle = (context: Context) =>
    inTransaction(bench.database.db, (tx) => settleAttempt(tx, context, attempt, result, bench.services.settlements))
  await Promise.all(Array.from({ length: 16 }, () => settle(bench.context)))
  await settle(contextAt(bench.context.org, noon.add({ hours: 1 })))
  const { paidAt, updatedAt } = await bench.now(attempt)
  assert.equal(`${paidAt} ${updatedAt}`, '2026-06-16T12:00:00Z 2026-06-16T12:00:00Z')
  assert.deepEqual(await settlementsOf(bench.database.db, attempt.id), ['succeeded 2026-06-16T12:00:00Z'])
})

test('a settlement waits for whoever holds the subscription, and neither waits for the other for ever', async () => {
  const subscriptionId = await newSubscription(bench.database.db, bench.context, bench.customerId)
  const attempt = await bench.beginCharge(cards.good, { subscriptionId })
  const again = { ...chargeOf(bench.customerId, attempt.invoiceId ?? '', attempt.providerToken), subscriptionId }
  const retries: string[] = []
  const { promise: isHeld, resolve: held } = Promise.withResolvers<void>()
  const holder = inTransaction(
    bench.database.db,
    async (tx) => {
      await lockSubscription(tx, attempt.orgId, subscriptionId)
      held()
      await wait(50)
      return beginAttempt(tx, bench.context, again)
    },
    { onRetry: (sqlState) => retries.push(sqlState) },
  )
  await isHeld
  // As real settlements do.
  let runs = 0
  const lock = async (tx: Tx) => {
    runs += 1
    await lockSubscription(tx, attempt.orgId, subscriptionId)
  }
  const settlements = { ...bench.services.settlements, first_invoice: { succeeded: lock, failed: lock } }
  const performing = performAttempt({ ...bench.services, settlements }, bench.context, attempt)
  const [begun, settled] = await Promise.allSettled([holder, performing])
  assert.equal(begun.status, 'rejected', 'the invoice has its attempt')
  assert(settled.status === 'fulfilled')
  assert.equal(settled.value.state, 'succeeded')
  assert.deepEqual(retries, [])
  assert.equal(runs, 1, 'no deadlock made it run again')
})

test('a settlement that throws leaves the attempt as it was, for the sweeper', async () => {
  const attempt = await bench.beginCharge(cards.good)
  const broken = async () => {
    throw new Error('the invoice is gone')
  }
  const settlements = { ...bench.services.settlements, first_invoice: { succeeded: broken, failed: broken } }
  await assert.rejects(
    performAttempt({ ...bench.services, settlements }, bench.context, attempt),
    /the invoice is gone/,
  )
  assert.equal((await bench.now(attempt)).state, 'started')
  await sweepAttempts(bench.later({ minutes: 5 }), 10)
  assert.equal((await bench.now(attempt)).state, 'succeeded')
  assert.equal((await booksOf(bench.database.db, attempt)).length, 1)
})

test('a provider that is not there fails the attempt before anything is sent', async () => {
  const attempt = await bench.charge(cards.good, { provider: 'stripe', purpose: 'renewal', offSession: true })
  assert.equal(attempt.state, 'failed')
  assert.equal(attempt.failureCode, 'provider_unavailable')
})

test('the crash points lie after each stage', async () => {
  const attempt = await bench.beginCharge(cards.good)
  const seen: string[] = []
  const crashPoint = async (name: string) => {
    const { state } = await bench.now(attempt)
    seen.push(`${name}: ${state}, ${(await booksOf(bench.database.db, attempt)).length} booked`)
  }
  await performAttempt({ ...bench.services, crashPoint }, bench.context, attempt)
  assert.deepEqual(seen, [
    'attempt.recorded: started, 0 booked',
    'attempt.charged: started, 1 booked',
    'attempt.settled: succeeded, 1 booked',
  ])
})
