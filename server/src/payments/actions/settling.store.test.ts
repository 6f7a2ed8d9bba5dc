import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { Settling } from '#payments/actions/settling.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { PaymentServices, SettledTogether } from '#payments/services.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'
import { cards, PaymentBench } from '../../../test/support/payment-bench.ts'
import { newSubscription, settlementsOf } from '../../../test/support/payments.ts'

let bench: PaymentBench
before(async () => {
  bench = await PaymentBench.create()
})
beforeEach(() => bench.reset())
after(() => bench.database.drop())

/** Renewals of as many customers as there are cards, their charges begun. */
async function begun(numbers: readonly string[]): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  for (const number of numbers) {
    const customerId = newId('cus')
    await bench.database.pool.query(
      `insert into customer select (jsonb_populate_record(customer, jsonb_build_object('id', $2::text, 'external_id', $2::text))).*
       from customer where id = $1`,
      [bench.customerId, customerId],
    )
    const subscriptionId = await newSubscription(bench.database.db, bench.context, customerId)
    attempts.push(await bench.beginCharge(number, { customerId, subscriptionId, purpose: 'renewal', offSession: true }))
  }
  return attempts
}

/** Services whose successful renewals are settled together, and how many came at once each time. */
function servicesInCompany(before: () => Promise<void> = async () => {}) {
  const companies: number[] = []
  const { renewal } = bench.services.settlements
  const allSucceeded: SettledTogether = async (tx, context, settled) => {
    companies.push(settled.length)
    await before()
    for (const { attempt, subscription } of settled) await renewal.succeeded(tx, context, attempt, subscription)
  }
  const settlements = { ...bench.services.settlements, renewal: { ...renewal, allSucceeded } }
  return { companies, services: { ...bench.services, settlements } satisfies PaymentServices }
}

/** Performs all of them with a line that is slow enough for answers to come in together. */
async function perform(services: PaymentServices, attempts: readonly Attempt[]): Promise<Promise<Attempt>[]> {
  bench.services.processor.faults.delayMs = 20
  const { settle } = new Settling(services)
  return attempts.map((attempt) => performAttempt(services, bench.context, attempt, settle))
}

const once = ['succeeded 2026-06-16T12:00:00Z']

test('answers that come in together are settled together, each once, with its own card; a decline goes its own way', async () => {
  const { companies, services } = servicesInCompany()
  const attempts = await begun([...Array.from({ length: 8 }, () => cards.good), cards.declined])
  const settled = await Promise.all(await perform(services, attempts))
  assert.deepEqual(
    settled.map(({ id, state, paidAt, card }) => [id, state, paidAt?.toString(), card?.last4]),
    attempts.map(({ id }, index) =>
      index < 8 ? [id, 'succeeded', '2026-06-16T12:00:00Z', '4242'] : [id, 'failed', undefined, undefined],
    ),
  )
  for (const { id, state } of settled) {
    assert.deepEqual(
      await settlementsOf(bench.database.db, id),
      state === 'failed' ? ['failed 2026-06-16T12:00:00Z'] : once,
    )
  }
  const together = companies.reduce((sum, count) => sum + count, 0)
  assert(companies.length < together, `${together} were settled in ${companies.length} transactions`)
  assert.equal(new Set(settled.map(({ providerReference }) => providerReference)).size, 9)
})

test('a subscription that somebody holds is waited for by its own charge only', async () => {
  const { services } = servicesInCompany()
  const attempts = await begun(Array.from({ length: 6 }, () => cards.good))
  const held = attempts[3]
  assert(held?.subscriptionId)
  const { promise: release, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: isHeld, resolve: taken } = Promise.withResolvers<void>()
  const holder = inTransaction(bench.database.db, async (tx) => {
    await lockSubscription(tx, held.orgId, held.subscriptionId ?? '')
    taken()
    await release
  })
  await isHeld
  const performing = await perform(services, attempts)
  const others = await Promise.all(performing.filter((_, index) => index !== 3))
  assert.deepEqual(
    others.map(({ state }) => state),
    Array.from({ length: 5 }, () => 'succeeded'),
  )
  assert.equal((await bench.now(held)).state, 'started')
  letGo()
  await holder
  assert.equal((await performing[3])?.state, 'succeeded')
  assert.deepEqual(await settlementsOf(bench.database.db, held.id), once)
})

test('a common settlement that throws undoes nothing of anybody: each is settled by itself', async () => {
  const { companies, services } = servicesInCompany(async () => {
    throw new Error('one of them is broken')
  })
  const attempts = await begun(Array.from({ length: 6 }, () => cards.good))
  for (const { id, state } of await Promise.all(await perform(services, attempts))) {
    assert.equal(state, 'succeeded')
    assert.deepEqual(await settlementsOf(bench.database.db, id), once)
  }
  assert(companies.length > 0)
})

test('what somebody else settled meanwhile stays as it is', async () => {
  const { services } = servicesInCompany()
  const attempts = await begun(Array.from({ length: 5 }, () => cards.good))
  const twice = [...attempts, ...attempts]
  const settled = await Promise.all(await perform(services, twice))
  assert.deepEqual(
    settled.map(({ state }) => state),
    twice.map(() => 'succeeded'),
  )
  for (const { id } of attempts) assert.deepEqual(await settlementsOf(bench.database.db, id), once)
})
