import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'
import { Receiver } from '../../support/webhook-receiver.ts'
import { listenAt, tell } from '../../support/webhooks.ts'

const story = await Story.on('2041-03-01')
const { world } = story
const receiver = await Receiver.start()
after(async () => {
  await story.close()
  await receiver.close()
})

const recorded = async () => {
  const { rows } = await world.database.pool.query("select from event where type = 'usage.recorded'")
  return rows.length
}

test('each use is told only while an endpoint names it: by tracking, batches, setting a total and commits', async () => {
  await story.plan('pro', { features: { calls: { included: 10, beyond: 100 } } })
  await story.join('ada', 'pro')
  const { id } = await listenAt(world, receiver.url, ['*'])
  await story.use('ada', 'calls', 1)
  assert.equal(await recorded(), 0)
  await world.client.webhooks.update({ id, events: ['*', 'usage.recorded'] as never })
  await story.use('ada', 'calls', 2.5)
  await world.request('POST', '/api/v1/usage/events/batch', {
    body: { events: [1, 2].map((value) => ({ customerId: 'ada', feature: 'calls', value })) },
  })
  await world.client.usage.set({ customerId: 'ada', feature: 'calls', value: 4 })
  const hold = { customerId: 'ada', featureCode: 'calls', quantity: 3 }
  const { body } = await world.request('POST', '/api/v1/usage/reservations', { body: hold })
  await world.request('POST', `/api/v1/usage/reservations/${body.data.id}/commit`, { body: { value: 2 } })
  await tell(world)
  const uses = receiver.received.filter(({ message }) => message.event === 'usage.recorded')
  assert.deepEqual(
    uses.map(({ message }) => message.data.value),
    [2.5, 1, 2, -2.5, 2],
  )
  const [first] = uses
  assert.deepEqual(Object.keys(first?.message.data), [
    'subscriptionId',
    'customerId',
    'usageEventId',
    'featureCode',
    'value',
    'ts',
  ])
  assert.deepEqual([first?.message.data.customerId, first?.message.data.featureCode], ['ada', 'calls'])
  assert.equal(first?.message.data.ts, '2041-03-01T12:00:00.000Z')
  await world.client.webhooks.update({ id, isActive: false })
  await story.use('ada', 'calls', 1)
  assert.equal(await recorded(), 5)
})

test('what a use brings about is told with it, and a refused one is not told', async () => {
  receiver.received.length = 0
  const { data } = await world.client.webhooks.list()
  for (const { id } of data ?? []) await world.client.webhooks.delete({ id })
  await listenAt(world, receiver.url, ['*', 'usage.recorded'])
  await story.plan('small', { features: { texts: { included: 10 } } })
  await story.join('bob', 'small')
  await story.use('bob', 'texts', 8)
  await assert.rejects(story.use('bob', 'texts', 3))
  await story.use('bob', 'texts', 2)
  await tell(world)
  const about = receiver.received.filter(({ message }) => /usage|quota|state/.test(message.event))
  assert.deepEqual(
    about.map(({ message }) => message.event).filter((event) => event !== 'customer.state_changed'),
    ['usage.recorded', 'quota.threshold_reached', 'usage.recorded', 'quota.exceeded'],
  )
})
