import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { killChildren, startChild } from '../support/children.ts'
import { Receiver } from '../support/webhook-receiver.ts'
import { Later, listenAt, tell } from '../support/webhooks.ts'
import { createWorld } from '../support/world.ts'

/** The process that tells is killed again and again while things happen. WEBHOOK_KILLS says how often. */
const kills = Number(process.env.WEBHOOK_KILLS ?? 3)

const world = await createWorld()
const receiver = await Receiver.start()
after(async () => {
  killChildren()
  // What holds of events, their effects and their deliveries is verified when the world closes.
  await world.close()
  await receiver.close()
})

test(`the teller is killed ${kills} times: every event arrives, under one id, in order for each customer`, async () => {
  await listenAt(world, receiver.url)
  let isOver = false
  const changes = new Map<string, number>()
  const client = async (name: string) => {
    await world.client.customers.create({ id: name, email: `${name}@example.com`, fullName: '0' })
    for (let change = 1; !isOver; change++) {
      await world.client.customers.update({ id: name, fullName: String(change) })
      changes.set(name, change)
      await wait(10)
    }
  }
  const clients = ['ada', 'bob', 'cyd', 'dan'].map(client)
  for (let killed = 0; killed < kills; killed++) {
    const worker = await startChild(world, { role: 'worker' })
    const before = receiver.received.length
    // At least something was told, and then at any moment.
    for (const give = Date.now() + 30_000; receiver.received.length < before + 5; await wait(5))
      assert(Date.now() < give)
    await wait(Math.random() * 300)
    await worker.kill()
    // Its lease would run out in ten seconds.
    await world.database.pool.query("update webhook_endpoint set leased_until = now() - interval '1 second'")
  }
  isOver = true
  await Promise.all(clients)
  const later = new Later()
  later.pass({ minutes: 1 })
  // What a killed process had begun in the database ends there a moment later.
  const isPending = async () =>
    (await world.database.pool.query('select from event where pending limit 1')).rowCount === 1
  do await tell(world, later)
  while (await isPending())
  const first = new Map<string, string>()
  const order = new Map<string, number[]>()
  for (const { message } of receiver.received) {
    const key = `${message.data.externalId} ${message.data.fullName}`
    assert.equal(first.get(key) ?? message.id, message.id)
    if (first.has(key)) continue
    first.set(key, message.id)
    order.set(message.data.externalId, [...(order.get(message.data.externalId) ?? []), Number(message.data.fullName)])
  }
  for (const [name, last] of changes) {
    assert.deepEqual(
      order.get(name),
      Array.from({ length: last + 1 }, (_, change) => change),
    )
  }
})
