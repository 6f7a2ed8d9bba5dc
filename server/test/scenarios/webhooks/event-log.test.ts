import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
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

async function receiverOf(...behaviour: Parameters<typeof Receiver.start>): Promise<Receiver> {
  const receiver = await Receiver.start(...behaviour)
  receivers.push(receiver)
  return receiver
}

/** Customers of their own for each test, created one after the other and each changed twice. */
async function customers(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await client.customers.create({ id, email: `${id}@example.com` })
    for (const fullName of ['One', 'Two']) await client.customers.update({ id, fullName })
  }
}

const at = (path: string) => `/api/v1${path}`
const told = ({ message }: Received) => `${message.data.externalId} ${message.data.fullName ?? 'created'}`
const replay = (id: string, body: object) => world.request('POST', at(`/webhooks/${id}/replay`), { body })
const standing = async (id: string, replayId: string) =>
  (await world.request('GET', at(`/webhooks/${id}/replays/${replayId}`))).body.data
const longAgo = '2020-01-01T00:00:00.000Z'

test('the log tells what happened on its side, newest first, by event and by customer, page by page', async () => {
  await customers('log_a', 'log_b')
  const list = async (query: string) => (await world.request('GET', at(`/events?${query}`))).body
  const { data, hasMore, nextCursor } = await list('customerId=log_b&limit=2')
  assert.deepEqual(
    data.map(({ event, data }: Received['message']) => `${event} ${data.externalId} ${data.fullName}`),
    ['customer.updated log_b Two', 'customer.updated log_b One'],
  )
  assert.equal(hasMore, true)
  const rest = await list(`customerId=log_b&limit=2&cursor=${nextCursor}`)
  assert.deepEqual(
    rest.data.map(({ event }: { event: string }) => event),
    ['customer.created'],
  )
  assert.equal((await list('event=customer.created&limit=100')).data.length, 2)
  assert.deepEqual((await list('customerId=nobody')).data, [])
  assert.equal((await world.request('GET', at('/events?event=customer.exploded'))).status, 422)
  const one = await world.request('GET', at(`/events/${data[0].id}`))
  assert.deepEqual(one.body.data, data[0])
  const elsewhere = await world.request('GET', at(`/events/${data[0].id}`), { key: world.liveKey })
  assert.equal(elsewhere.status, 404)
  assert.deepEqual((await world.request('GET', at('/events'), { key: world.liveKey })).body.data, [])
})

test('a delivery is sent again under the same id; not by another side, not while its endpoint is off', async () => {
  const receiver = await receiverOf()
  const { id } = await listenAt(world, receiver.url)
  await client.customers.create({ id: 'again', email: 'again@example.com' })
  await tell(world)
  const { body } = await world.request('GET', at(`/webhooks/${id}/deliveries`))
  const path = at(`/webhooks/deliveries/${body.data[0].id}/resend`)
  assert.equal((await world.request('POST', path, { key: world.liveKey })).status, 404)
  const { status, body: made } = await world.request('POST', path)
  assert.deepEqual([status, made.data.cause, made.data.eventId], [201, 'resend', body.data[0].eventId])
  await tell(world)
  const [first, second] = receiver.received
  assert.equal(receiver.received.length, 2)
  assert.equal(first?.body, second?.body)
  assert.deepEqual(await deliveries(world, id), ['customer.created: delivered 1', 'customer.created: delivered 1'])
  await client.webhooks.update({ id, isActive: false })
  assert.equal((await world.request('POST', path)).status, 422)
  assert.equal((await replay(id, { from: longAgo })).status, 422)
  await client.webhooks.delete({ id })
})

test('a replay tells the events of a time again: its beginning, not its end, of the types that were named, in order', async () => {
  const receiver = await receiverOf()
  const { id } = await listenAt(world, receiver.url, ['customer.created', 'customer.updated'])
  await client.testClock.advance({ advanceDays: 1 })
  await customers('before')
  const { data: begun } = await client.testClock.advance({ advanceDays: 1 })
  await customers('within_a', 'within_b')
  const { data: ended } = await client.testClock.advance({ advanceDays: 1 })
  await customers('behind')
  await tell(world)
  const ids = new Set(receiver.received.map(({ message }) => message.id))
  receiver.received.length = 0

  const { status, body } = await replay(id, { from: begun?.now, to: ended?.now })
  assert.equal(status, 201)
  assert.deepEqual([body.data.status, body.data.total, body.data.progress.queued], ['running', 6, 0])
  await tell(world)
  for (const who of ['within_a', 'within_b'])
    assert.deepEqual(
      receiver.received.map(told).filter((one) => one.startsWith(who)),
      [`${who} created`, `${who} One`, `${who} Two`],
    )
  assert.equal(receiver.received.length, 6)
  assert(receiver.received.every(({ message }) => ids.has(message.id)))
  const { status: standsAt, progress } = await standing(id, body.data.id)
  assert.equal(standsAt, 'done')
  assert.deepEqual(progress, { queued: 6, waiting: 0, delivered: 6, failed: 0, canceled: 0 })

  receiver.received.length = 0
  await replay(id, { from: begun?.now, to: ended?.now, events: ['customer.created'] })
  await tell(world)
  assert.deepEqual(receiver.received.map(told).sort(), ['within_a created', 'within_b created'])
  assert.equal((await replay(id, { from: ended?.now, to: begun?.now })).status, 422)
  assert.equal((await replay('whk_nobody', { from: longAgo })).status, 404)
  await client.webhooks.delete({ id })
})

test('a replay until now tells what happened at this very moment, while the test clock stands still', async () => {
  const receiver = await receiverOf()
  await client.testClock.advance({ advanceDays: 1 })
  await customers('just_now')
  const { id } = await listenAt(world, receiver.url)
  const { data: clock } = await client.testClock.get()
  const { status } = await replay(id, { from: clock?.now })
  assert.equal(status, 201)
  await tell(world)
  assert.deepEqual(receiver.received.map(told), ['just_now created', 'just_now One', 'just_now Two'])
  await client.webhooks.delete({ id })
})

test('a replay counts what it tells, also when its endpoint listens to less by then', async () => {
  const receiver = await receiverOf()
  const { id } = await listenAt(world, receiver.url)
  await client.testClock.advance({ advanceDays: 1 })
  await customers('narrowed')
  await tell(world)
  receiver.received.length = 0
  const { data: clock } = await client.testClock.get()
  const { body } = await replay(id, { from: clock?.now })
  assert.equal(body.data.total, 3)
  await client.webhooks.update({ id, events: ['customer.created'] as never })
  await tell(world)
  const { status, total, progress } = await standing(id, body.data.id)
  assert.deepEqual([status, total, progress.queued, progress.delivered], ['done', 1, 1, 1])
  assert.deepEqual(receiver.received.map(told), ['narrowed created'])
  await client.webhooks.delete({ id })
})

test('a replay of many parts, by two workers at once: each event once; what waits is given up when its endpoint goes', async () => {
  const receiver = await receiverOf()
  await client.testClock.advance({ advanceDays: 1 })
  for (let batch = 0; batch < 6; batch++) {
    const made = Array.from({ length: 100 }, (_, n) => ({ email: `many_${batch}_${n}@example.com` }))
    await client.customers.createBatch({ customers: made })
  }
  const { data: clock } = await client.testClock.get()
  const { id } = await listenAt(world, receiver.url)
  const { body } = await replay(id, { from: clock?.now })
  await Promise.all([tell(world), tell(world)])
  // A connection that broke under load is tried again.
  const later = new Later()
  later.pass({ minutes: 2 })
  await tell(world, later)
  assert.equal(new Set(receiver.received.map(({ message }) => message.id)).size, 600)
  assert.equal((await standing(id, body.data.id)).progress.queued, 600)
  assert.equal((await standing(id, body.data.id)).status, 'done')

  receiver.received.length = 0
  const { body: other } = await replay(id, { from: clock?.now })
  await client.webhooks.update({ id, isActive: false })
  await tell(world)
  assert.equal((await standing(id, other.data.id)).status, 'canceled')
  assert.equal(receiver.received.length, 0)
  await client.webhooks.delete({ id })
})

/** Holds the first requests until told, and everything later for a while in which whatever was changed is noticed. */
async function holdingReceiver() {
  const gate = Promise.withResolvers<void>()
  const laterMs = 400
  let isOpen = false
  const receiver = await receiverOf(async () => {
    await (isOpen ? wait(laterMs) : gate.promise)
    return 200
  })
  const release = () => {
    isOpen = true
    gate.resolve()
  }
  return { receiver, release }
}

/** What is at an endpoint when it is changed: four requests, and with their answers at most two more for each. */
const underWay = 12

test('another address, and a deletion, count for what is in hand: nothing more is sent where it was to go before', async () => {
  const [old, gone, other] = [await holdingReceiver(), await holdingReceiver(), await receiverOf()]
  const moved = await listenAt(world, old.receiver.url)
  const deleted = await listenAt(world, gone.receiver.url)
  await client.customers.createBatch({
    customers: Array.from({ length: 60 }, (_, n) => ({ email: `moved_${n}@example.com` })),
  })
  const worker = webhookWorker(world)
  await worker.turn()
  while (old.receiver.received.length < 4 || gone.receiver.received.length < 4) await wait(5)
  await client.webhooks.update({ id: moved.id, url: other.url })
  await client.webhooks.delete({ id: deleted.id })
  old.release()
  gone.release()
  await worker.settle()
  assert(old.receiver.received.length <= underWay, `${old.receiver.received.length} at the address of before`)
  assert.equal(old.receiver.received.length + other.received.length, 60)
  assert(gone.receiver.received.length <= underWay, `${gone.receiver.received.length} at a deleted endpoint`)
  await client.webhooks.delete({ id: moved.id })
})

test('what was given up when an endpoint was switched off is not sent because it was switched on again', async () => {
  const { receiver, release } = await holdingReceiver()
  const { id } = await listenAt(world, receiver.url)
  const made = Array.from({ length: 60 }, (_, n) => ({ email: `switched_${n}@example.com` }))
  await client.customers.createBatch({ customers: made })
  const worker = webhookWorker(world)
  await worker.turn()
  while (receiver.received.length < 4) await wait(5)
  await client.webhooks.update({ id, isActive: false })
  await client.webhooks.update({ id, isActive: true })
  release()
  await worker.settle()
  assert(receiver.received.length <= underWay, `${receiver.received.length} of what was given up`)
  await client.customers.create({ id: 'after_all', email: 'after-all@example.com' })
  await tell(world)
  assert.equal(receiver.received.at(-1)?.message.data.externalId, 'after_all')
  await client.webhooks.delete({ id })
})

test('what happens during a replay is told before the rest of it', async () => {
  for (const part of ['a', 'b']) {
    const ids = Array.from({ length: 100 }, (_, number) => ({ id: `long_${part}${number}`, email: 'long@example.com' }))
    await client.customers.createBatch({ customers: ids })
  }
  const gate = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const receiver: Receiver = await receiverOf(async () => {
    if (receiver.received.length < 20) return 200
    opened.resolve()
    await gate.promise
    return 200
  })
  const { id } = await listenAt(world, receiver.url, ['customer.created'])
  const { body } = await replay(id, { from: longAgo })
  const worker = webhookWorker(world)
  await worker.turn()
  await opened.promise
  await client.customers.create({ id: 'meanwhile', email: 'meanwhile@example.com' })
  await worker.turn()
  // The worker looks four times a second what else is due.
  await wait(1_000)
  gate.resolve()
  await worker.settle()
  assert((await standing(id, body.data.id)).progress.delivered >= 200)
  const place = receiver.received.findIndex(({ message }) => message.data.externalId === 'meanwhile')
  assert(place > 0 && place < 100, `it came after ${place} others`)
})
