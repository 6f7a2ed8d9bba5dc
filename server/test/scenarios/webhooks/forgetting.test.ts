import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Receiver } from '../../support/webhook-receiver.ts'
import { deliveries, Later, listenAt, tell, webhookWorker } from '../../support/webhooks.ts'
import { createWorld } from '../../support/world.ts'

// What is forgotten before its time, by a worker's clock that ran ahead, would be missed.
const world = await createWorld({ hasHandmadeRows: true })
after(() => world.close())

test('what was over thirty days ago is forgotten with its attempts; what waits is kept', async (t) => {
  const receiver = await Receiver.start()
  t.after(() => receiver.close())
  const { id } = await listenAt(world, receiver.url)
  await world.client.customers.create({ email: 'one@example.com' })
  await tell(world)
  receiver.behaviour = () => 500
  await world.client.customers.create({ email: 'two@example.com' })
  await tell(world)
  const later = new Later()
  later.pass({ minutes: 29 * 24 * 60 })
  await webhookWorker(world, later).tidy()
  assert.equal((await deliveries(world, id)).length, 2)
  later.pass({ minutes: 2 * 24 * 60 })
  await webhookWorker(world, later).tidy()
  assert.deepEqual(await deliveries(world, id), ['customer.created: waiting 1'])
})
