import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { machineNow } from '#time/clock.ts'
import { WebhookWorker } from '#webhooks/webhooks.worker.ts'
import { type Received, Receiver } from '../../support/webhook-receiver.ts'
import { deliveries, Later, listenAt, tell, webhookWorker } from '../../support/webhooks.ts'
import { createWorld } from '../../support/world.ts'

const world = await createWorld()
const { client } = world
const receivers: Receiver[] = []
after(async () => {
  await world.close()
  for (const receiver of receivers) await receiver.close()
})
beforeEach(async () => {
  const { data } = await client.webhooks.list()
  for (const { id } of data ?? []) await client.webhooks.delete({ id })
})

async function receiverOf(...behaviour: Parameters<typeof Receiver.start>): Promise<Receiver> {
  const receiver = await Receiver.start(...behaviour)
  receivers.push(receiver)
  return receiver
}

let made = 0
async function customer(changes = 0): Promise<string> {
  const id = `customer_${++made}`
  await client.customers.create({ id, email: `${id}@example.com` })
  for (let change = 1; change <= changes; change++) await client.customers.update({ id, fullName: `Name ${change}` })
  return id
}

const told = ({ message }: Received) => `${message.event} ${message.data.fullName ?? ''}`.trim()

test('each endpoint hears of what it listens to, from when it was made, under one id', async () => {
  const [all, one] = [await receiverOf(), await receiverOf()]
  await customer()
  await listenAt(world, all.url)
  await listenAt(world, one.url, ['customer.updated'])
  await customer(1)
  await tell(world)
  assert.deepEqual(all.received.map(told), ['customer.created', 'customer.updated Name 1'])
  assert.deepEqual(one.received.map(told), ['customer.updated Name 1'])
  assert.equal(all.received[1]?.body, one.received[0]?.body)
  await tell(world)
  assert.equal(all.received.length, 2)
})

test('a failed delivery is tried again by the calendar of real time, whatever the test clock says, and then given up', async () => {
  const receiver = await receiverOf(() => 500)
  const { id } = await listenAt(world, receiver.url)
  await client.testClock.advance({ advanceDays: 1 })
  await customer()
  const later = new Later()
  const waited: number[] = []
  await tell(world, later)
  for (const minutes of [1, 5, 15, 30, 60, 120, 240]) {
    later.pass({ minutes: minutes - 0.5 })
    await tell(world, later)
    const before = receiver.received.length
    later.pass({ minutes: 0.6 })
    await tell(world, later)
    waited.push(receiver.received.length - before)
  }
  assert.deepEqual(waited, [1, 1, 1, 1, 1, 1, 1])
  assert.equal(receiver.received.length, 8)
  assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1, 'always the same bytes')
  assert.deepEqual(await deliveries(world, id), ['customer.created: failed 8'])
  later.pass({ minutes: 10_000 })
  await tell(world, later)
  assert.equal(receiver.received.length, 8)
})

test('the operator is told of what has failed, and of an endpoint that was switched off', async () => {
  const receiver = await receiverOf(() => 500)
  const { id } = await listenAt(world, receiver.url)
  await world.request('PUT', '/api/v1/settings', { body: { notificationEmail: 'ops@acme.example' } })
  await world.database.pool.query('delete from mail')
  for (let event = 0; event < 4; event++) await customer()
  const later = new Later()
  for (const minutes of [0, 2, 6, 16, 31, 61, 121, 241]) {
    later.pass({ minutes })
    // The last one arrives in the end: only what fails counts, and one that arrives begins the count anew.
    await tell(world, later)
  }
  const { data } = await client.webhooks.get({ id })
  assert.equal(data?.isActive, false)
  const { rows } = await world.database.pool.query<{ kind: string; state: string }>(
    'select kind, state, customer_id from mail order by id',
  )
  const kinds = rows.map(({ kind }) => kind)
  assert.equal(kinds.filter((kind) => kind === 'webhook_switched_off').length, 1)
  // However many events have failed in the hour.
  assert.equal(kinds.filter((kind) => kind === 'webhook_failed').length, 1)
  // The sandbox's mails stay in the inbox.
  assert(rows.every(({ state }) => state === 'inbox'))
  const states = await deliveries(world, id)
  assert(
    states.every((state) => /failed 8|canceled 7/.test(state)),
    states.join(),
  )
})

test('switched on again, an endpoint hears of what follows and of nothing that was before', async () => {
  const receiver = await receiverOf(() => 500)
  const { id } = await listenAt(world, receiver.url)
  await customer()
  await tell(world)
  await client.webhooks.update({ id, isActive: false })
  assert.deepEqual(await deliveries(world, id), ['customer.created: canceled 1'])
  await customer()
  await tell(world)
  receiver.behaviour = () => 200
  const { data } = await client.webhooks.update({ id, isActive: true })
  assert.equal(data?.isActive, true)
  const later = new Later()
  later.pass({ minutes: 2 })
  await tell(world, later)
  assert.equal(receiver.received.length, 1)
  const last = await customer()
  await tell(world)
  assert.deepEqual(receiver.received.map(({ message }) => message.data.externalId).at(-1), last)
  assert.equal(receiver.received.length, 2)
})

test('events of one customer start in order, each after the first attempt of the one before; other customers do not wait', async () => {
  const under = new Map<string, number>()
  let most = 0
  const order = new Map<string, string[]>()
  const receiver = await receiverOf(async ({ message }) => {
    const who = message.data.externalId
    under.set(who, (under.get(who) ?? 0) + 1)
    assert.equal(under.get(who), 1, 'one at a time')
    most = Math.max(
      most,
      [...under.values()].reduce((sum, count) => sum + count, 0),
    )
    order.set(who, [...(order.get(who) ?? []), message.data.fullName ?? 'created'])
    await wait(5)
    under.set(who, 0)
    return 200
  })
  await listenAt(world, receiver.url)
  await Promise.all(Array.from({ length: 8 }, () => customer(5)))
  await tell(world)
  assert.equal(order.size, 8)
  for (const names of order.values())
    assert.deepEqual(names, ['created', 'Name 1', 'Name 2', 'Name 3', 'Name 4', 'Name 5'])
  assert(most >= 4, `${most} at once`)
})

test('an event that waits for its retry does not hold up what happens to its customer afterwards', async () => {
  let refused = 0
  const receiver = await receiverOf(({ message }) =>
    message.event === 'customer.created' && refused++ === 0 ? 500 : 200,
  )
  await listenAt(world, receiver.url)
  await customer(2)
  const later = new Later()
  await tell(world, later)
  assert.deepEqual(receiver.received.map(told), [
    'customer.created',
    'customer.updated Name 1',
    'customer.updated Name 2',
  ])
  later.pass({ minutes: 1.1 })
  await tell(world, later)
  assert.equal(receiver.events.at(-1), 'customer.created')
  assert.equal(receiver.received.length, 4)
})

test('an endpoint that hangs delays neither another endpoint nor the API', async () => {
  const hanging = await receiverOf(() => undefined)
  const healthy = await receiverOf()
  await listenAt(world, hanging.url)
  await listenAt(world, healthy.url)
  const worker = webhookWorker(world)
  for (let event = 0; event < 40; event++) await customer()
  const startedAt = Date.now()
  await worker.turn()
  while (healthy.received.length < 40) await wait(10)
  const name = await customer()
  await worker.turn()
  while (healthy.received.at(-1)?.message.data.externalId !== name) await wait(10)
  assert(Date.now() - startedAt < 3_000)
  // Who does not answer gets few connections.
  assert(hanging.received.length <= 8, String(hanging.received.length))
  await worker.stop()
})

test('what a worker that dies has taken is delivered by another one', async () => {
  const receiver = await receiverOf()
  const { id } = await listenAt(world, receiver.url)
  await customer()
  // Takes the lease and is never heard of again.
  await world.database.pool.query(
    "update webhook_endpoint set lease = 'gone', leased_until = now() + interval '10 seconds' where id = $1",
    [id],
  )
  await tell(world)
  assert.equal(receiver.received.length, 0)
  const later = new Later()
  later.pass({ minutes: 0.2 })
  await tell(world, later)
  assert.equal(receiver.received.length, 1)
})

test('two workers at once: every event arrives once, in order', async () => {
  const receiver = await receiverOf()
  await listenAt(world, receiver.url)
  await Promise.all(Array.from({ length: 6 }, () => customer(4)))
  await Promise.all([tell(world), tell(world), tell(world)])
  await tell(world)
  assert.equal(receiver.received.length, 30)
  assert.equal(new Set(receiver.received.map(({ message }) => message.id)).size, 30)
  const byCustomer = Map.groupBy(receiver.received, ({ message }) => message.data.externalId)
  for (const one of byCustomer.values())
    assert.deepEqual(one.map(told), ['customer.created', ...[1, 2, 3, 4].map((n) => `customer.updated Name ${n}`)])
})

test('a redirect, and an answer that comes too late, are failures that the log explains', async () => {
  const receiver = await receiverOf((_received, response) => {
    response.writeHead(302, { location: 'http://169.254.169.254/' }).end('moved')
    return undefined
  })
  const { id } = await listenAt(world, receiver.url)
  await customer()
  await tell(world)
  const { body } = await world.request('GET', `/api/v1/webhooks/${id}/deliveries`)
  const [delivery] = body.data
  const [{ startedAt, durationMs, ...attempt }] = delivery.attempts
  assert.deepEqual(attempt, { number: 1, status: 302, error: null, response: 'moved' })
  assert.match(startedAt, /Z$/)
  assert(durationMs >= 0 && durationMs < 5_000)
  assert.equal(delivery.status, 'waiting')
  assert(Math.abs(Date.parse(delivery.nextAttemptAt) - Date.now() - 60_000) < 10_000)
})

test('a secret whose key is lost is trouble of its endpoint alone, said in the log; a rotation helps', async () => {
  const broken = await Receiver.start()
  const healthy = await Receiver.start()
  const { id } = await listenAt(world, broken.url, ['customer.created'])
  const other = await listenAt(world, healthy.url, ['customer.created'])
  await world.database.pool.query("update webhook_endpoint set secret = 'v1.lost.AAAA.AAAA' where id = $1", [id])
  const { sender, secrets } = world.app.services.webhooks
  const alarms: string[] = []
  const worker = new WebhookWorker({
    db: world.db,
    sender,
    secrets,
    machineNow,
    alarm: (error) => alarms.push(error.message),
    onFailure: (_endpoint, error) => alarms.push(String(error)),
  })
  await world.client.customers.create({ email: 'lost-key@example.com' })
  await worker.settle()
  assert.equal(healthy.received.length, 1)
  assert.deepEqual(await deliveries(world, id), ['customer.created: waiting 1'])
  assert.match(alarms.join(), /key lost is not configured/)
  const { data: tested } = await world.client.webhooks.test({ id })
  assert.equal(tested?.success, false)

  await world.request('POST', `/api/v1/webhooks/${id}/rotate-secret`)
  await world.client.customers.create({ email: 'new-key@example.com' })
  await worker.settle()
  assert.deepEqual(broken.events, ['customer.created'])
  for (const one of [id, other.id]) await world.client.webhooks.delete({ id: one })
  await Promise.all([broken.close(), healthy.close()])
})
