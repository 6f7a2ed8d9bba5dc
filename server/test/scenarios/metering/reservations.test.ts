import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Story } from '../../support/billing-stories.ts'
import { fundedCustomer, fundedPlan } from '../../support/ledger-stories.ts'
import { freePlan, subscribe } from '../../support/usage-stories.ts'
import { createWorld, type World } from '../../support/world.ts'

const holds = '/api/v1/usage/reservations'
const stages: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})

async function begin(day: string): Promise<Story> {
  const story = await Story.on(day)
  stages.push(story)
  await story.plan('pro', { price: 2900, features: { calls: { included: 100 } } })
  return story
}

async function reserve({ request }: World, body: Record<string, unknown>): Promise<string> {
  const { status, body: answer } = await request('POST', holds, { body })
  assert.equal(status, 201, JSON.stringify(answer))
  return answer.data.id
}

const commit = ({ request }: World, id: string, body: Record<string, unknown> = {}) =>
  request('POST', `${holds}/${id}/commit`, { body })
const statusOf = async ({ request }: World, id: string) => (await request('GET', `${holds}/${id}`)).body.data.status

async function leftOf({ client }: World, customerId: string, code: string) {
  const { data } = await client.featureAccess.get({ customerId, code })
  return [data?.current, data?.remaining]
}

test('when the clock passes the end of a hold it is expired and given back at once, whoever asks', async () => {
  const story = await begin('2041-01-01')
  const { world } = story
  await story.join('ada', 'pro')
  const ada = { customerId: 'ada', featureCode: 'calls' }
  const id = await reserve(world, { ...ada, quantity: 100, expiresInSeconds: 3600 })
  await story.goTo('2041-01-01T12:59:59.000Z')
  assert.deepEqual(await leftOf(world, 'ada', 'calls'), [100, 0])
  await story.goTo('2041-01-01T13:00:00.000Z')
  assert.equal(await statusOf(world, id), 'expired')
  const { data } = await world.client.usage.check({ ...ada, quantity: 100 })
  assert.deepEqual([data?.allowed, data?.current], [true, 0])
  const late = await commit(world, id)
  assert.deepEqual([late.status, late.body.error.code], [409, 'invalid_subscription_status'])
  const settled = (await world.request('GET', `${holds}/${id}`)).body.data.settledAt
  assert.equal(settled, '2041-01-01T13:00:00.000Z')
})

test('a hold made before midnight of the last day is committed in the new window, before and after it is billed', async () => {
  const story = await begin('2041-01-01')
  const { world } = story
  await story.join('ada', 'pro')
  await story.goTo('2041-01-31T23:50:00.000Z')
  await story.use('ada', 'calls', 10)
  const [early, late] = [
    await reserve(world, { customerId: 'ada', featureCode: 'calls', quantity: 60, expiresInSeconds: 3600 }),
    await reserve(world, { customerId: 'ada', featureCode: 'calls', quantity: 30, expiresInSeconds: 3600 }),
  ]
  await story.goTo('2041-02-01T00:10:00.000Z')
  assert.equal((await commit(world, early, { value: 70 })).status, 201)
  await story.bill()
  assert.deepEqual(await leftOf(world, 'ada', 'calls'), [70, 30])
  const refused = await commit(world, late, { value: 31 })
  assert.deepEqual([refused.status, refused.body.error.code], [402, 'included_limit_reached'])
  assert.equal(await statusOf(world, late), 'held')
  assert.equal((await commit(world, late)).status, 201)
  assert.deepEqual(await leftOf(world, 'ada', 'calls'), [100, 0])
})

test('when a subscription is canceled at once its holds are released, and nothing can be committed', async () => {
  const story = await begin('2041-01-01')
  const { world } = story
  await story.join('ada', 'pro')
  const id = await reserve(world, { customerId: 'ada', featureCode: 'calls', quantity: 60 })
  await story.cancel('ada', { immediate: true })
  assert.equal(await statusOf(world, id), 'released')
  const refused = await commit(world, id)
  assert.deepEqual([refused.status, refused.body.error.code], [404, 'no_active_subscription'])
})

test('a canceled credits plan leaves bought credits and no hold on them', async () => {
  const world = await createWorld()
  stages.push(world)
  const plan = await fundedPlan(world, { model: 'credits', feature: 'songs', creditsPerUnit: 1, includedCredits: 10 })
  const { externalId: customerId, subscriptionId: id } = await fundedCustomer(world, plan)
  await world.client.subscriptions.adjustBalance({ id, amount: 5 })
  const hold = await reserve(world, { customerId, featureCode: 'songs', quantity: 12 })
  await world.client.subscriptions.cancel({ id, immediate: true })
  assert.equal(await statusOf(world, hold), 'released')
  const account = await world.db
    .selectFrom('ledger_account')
    .select(['plan_credits', 'purchased_credits', 'reserved'])
    .where('subscription_id', '=', id)
    .executeTakeFirstOrThrow()
  assert.deepEqual(account, { plan_credits: 0n, purchased_credits: 5n, reserved: 0n })
})

test('a hold that its owner forgot is given back by a worker in real time', { timeout: 30_000 }, async () => {
  const world = await createWorld({ role: 'all' })
  stages.push(world)
  const { externalId: customerId } = await subscribe(
    world,
    await freePlan(world, { clips: { type: 'usage', includedAmount: 4 } }),
  )
  const id = await reserve(world, { customerId, featureCode: 'clips', quantity: 4, expiresInSeconds: 1 })
  const stored = () =>
    world.db.selectFrom('usage_reservation').select('status').where('id', '=', id).executeTakeFirstOrThrow()
  assert.equal((await stored()).status, 'held')
  const giveUpAt = performance.now() + 15_000
  while ((await stored()).status === 'held' && performance.now() < giveUpAt) await wait(50)
  assert.equal((await stored()).status, 'expired')
  assert.deepEqual(await leftOf(world, customerId, 'clips'), [0, 4])
})
