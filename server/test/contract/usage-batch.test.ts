import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { freePlan, newCustomer, subscribe } from '../support/usage-stories.ts'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

type Entry = { index: number; status: string; id?: string; error?: { code: string; type: string; param?: string } }

const post = (events: unknown, headers: Record<string, string> = {}) =>
  world.request('POST', '/api/v1/usage/events/batch', { body: { events }, headers })

const outcomes = (data: Entry[]) => data.map(({ status, error }) => error?.code ?? status)

async function usedOf(customerId: string, code: string): Promise<number | undefined> {
  const { data } = await world.client.featureAccess.get({ code, customerId })
  return data?.current
}

test('Usage.trackBatch: every event has its answer in its place, and a bad one never sinks the rest', async () => {
  const plan = await freePlan(world, { rows: { type: 'usage', includedAmount: 10 } })
  const customer = await subscribe(world, plan)
  const stranger = await newCustomer(world)
  const about = { feature: 'rows', customerId: customer.externalId }
  const { status, body } = await post([
    { ...about, value: 2, idempotencyKey: 'first' },
    { ...about, idempotencyKey: 'first' },
    { ...about, value: -1 },
    'not an event',
    { ...about, customerId: 'nobody' },
    { ...about, customerId: stranger.id },
    { ...about, feature: 'unheard_of' },
    { ...about, value: 9 },
    { ...about, value: 1.5, properties: [{ property: 'region', value: 'a\u0000b' }] },
    { ...about, value: 1.5, properties: [{ property: 'region', value: 'eu' }] },
    { ...about, timestamp: '1999-01-01T00:00:00Z' },
  ])
  assert.equal(status, 200)
  assert.deepEqual(
    body.data.map(({ index }: Entry) => index),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  assert.deepEqual(outcomes(body.data), [
    'recorded',
    'duplicate',
    'validation_error',
    'validation_error',
    'customer_not_found',
    'no_active_subscription',
    'feature_not_found',
    'included_limit_reached',
    'validation_error',
    'recorded',
    'validation_error',
  ])
  assert.deepEqual(Object.keys(body.data[0]), ['index', 'status', 'id'])
  assert.match(body.data[0].id, /^evt_[0-9a-z]{26}$/)
  assert.deepEqual(body.data[1], { index: 1, status: 'duplicate' })
  assert.equal(body.data[2].error.param, 'value')
  assert.equal(body.data[7].error.type, 'billing_error')
  assert.equal(await usedOf(customer.id, 'rows'), 3.5)
})

test('Usage.trackBatch: 1,000 events with properties fit in one request, and 600 of them on a limit of 600', async () => {
  const customer = await subscribe(world, await freePlan(world, { hits: { type: 'usage', includedAmount: 600 } }))
  const properties = Array.from({ length: 8 }, (_, at) => ({ property: `name-${at}`, value: 'x'.repeat(200) }))
  const event = { feature: 'hits', customerId: customer.id, properties }
  const { status, body } = await post(Array.from({ length: 1_000 }, () => event))
  assert.equal(status, 200)
  const all = outcomes(body.data)
  assert.equal(all.filter((outcome) => outcome === 'recorded').length, 600)
  assert.equal(all.filter((outcome) => outcome === 'included_limit_reached').length, 400)
  assert.equal(await usedOf(customer.id, 'hits'), 600)
})

test('Usage.trackBatch: none, or more than 1,000, is 422; more than 4 MiB is 413', async () => {
  const [none, many, large] = [await post([]), await post(Array(1_001).fill({})), await post(['x'.repeat(4 * 2 ** 20)])]
  assert.deepEqual([none.status, many.status, large.status], [422, 422, 413])
  assert.equal(none.body.error.param, 'events')
  assert.match(large.body.error.message, /larger than 4 MiB/)
})

test('Usage.trackBatch: a repeat of the request answers the same and records nothing', async () => {
  const customer = await subscribe(world, await freePlan(world, { jobs: { type: 'usage', includedAmount: 100 } }))
  const events = [1, 2, 3].map((value) => ({ feature: 'jobs', customerId: customer.id, value }))
  const headers = { 'idempotency-key': 'batch-1' }
  const first = await post(events, headers)
  const [again, alsoAgain] = await Promise.all([post(events, headers), post(events, headers)])
  assert.deepEqual(again.body, first.body)
  assert.deepEqual(alsoAgain.body, first.body)
  assert.equal(await usedOf(customer.id, 'jobs'), 6)
  const other = await post(events.slice(1), headers)
  assert.deepEqual([other.status, other.body.error.code], [409, 'idempotency_key_mismatch'])
})

test('Usage.trackBatch: a repeat after a crash before the answer was kept answers the same ids and records the rest', async () => {
  const customer = await subscribe(world, await freePlan(world, { runs: { type: 'usage', includedAmount: 100 } }))
  const events = Array.from({ length: 20 }, () => ({ feature: 'runs', customerId: customer.id }))
  const headers = { 'idempotency-key': 'batch-2' }
  const first = await post(events, headers)
  // As if the process had died on the way: no answer is kept, and half of the events were never written.
  await world.database.pool.query("delete from idempotency_key where key = 'batch-2'")
  const lost = first.body.data.slice(10).map(({ id }: Entry) => id)
  await world.database.pool.query('delete from usage_event where id = any($1)', [lost])
  await world.database.pool.query('delete from usage_event_key where event_id = any($1)', [lost])
  await world.database.pool.query(
    'update usage_counter set total = total - 10, events = events - 10 where total = 20 and events = 20',
  )
  const again = await post(events, headers)
  const ids = (data: Entry[]) => data.map(({ id }) => id)
  assert.deepEqual(ids(again.body.data).slice(0, 10), ids(first.body.data).slice(0, 10))
  assert.deepEqual(outcomes(again.body.data), Array(20).fill('recorded'))
  assert.equal(await usedOf(customer.id, 'runs'), 20)
})

test('Usage.trackBatch: two batches of 40 at once on 50 credits sell 50', async () => {
  const customer = await fundedCustomer(
    world,
    await fundedPlan(world, { model: 'credits', feature: 'generations', includedCredits: 50, creditsPerUnit: 1 }),
  )
  const events = Array.from({ length: 40 }, () => ({ feature: 'generations', customerId: customer.externalId }))
  const answers = await Promise.all([post(events), post(events)])
  const all = answers.flatMap(({ body }) => outcomes(body.data))
  assert.equal(all.filter((outcome) => outcome === 'recorded').length, 50)
  assert.equal(all.filter((outcome) => outcome === 'insufficient_credits').length, 30)
})

test('Usage.trackBatch: a customer of somebody else is unknown', async () => {
  const customer = await subscribe(world, await freePlan(world, { mine: { type: 'usage', includedAmount: 100 } }))
  const { body } = await world.request('POST', '/api/v1/usage/events/batch', {
    key: world.liveKey,
    body: { events: [{ feature: 'mine', customerId: customer.id }] },
  })
  assert.deepEqual(outcomes(body.data), ['customer_not_found'])
})
