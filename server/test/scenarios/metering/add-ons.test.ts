import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activate, deactivate, sell } from '../../support/addon-stories.ts'
import { Story } from '../../support/billing-stories.ts'

/** The feature of an add-on is metered like a plan's: every way to use it, to ask for it and to hear of it. */

let story: Story
before(async () => {
  story = await Story.on('2041-06-01')
  await story.plan('pro', { price: 2900, features: { calls: { included: 10 } } })
  await sell(story.world, { feature: 'reports', type: 'usage', price: 1000, included: 100, beyond: 1_000 })
  await sell(story.world, { feature: 'exports', type: 'usage', price: 1000, included: 10 })
  await sell(story.world, { feature: 'storage', type: 'quota', price: 1000, included: 5, beyond: 10_000 })
  await sell(story.world, { feature: 'support', price: 1000 })
})
after(() => story.close())

const access = async (customerId: string, code: string) =>
  (await story.world.client.featureAccess.get({ customerId, code })).data
const check = async (customerId: string, featureCode: string, quantity: number) =>
  (await story.world.client.usage.check({ customerId, featureCode, quantity })).data

test('before it is activated there is no such feature, after that there is, after its end there is none', async () => {
  const { client } = story.world
  await story.join('ada', 'pro')
  const use = () => client.usage.track({ customerId: 'ada', feature: 'reports', value: 1 })
  await assert.rejects(use(), { code: 'feature_not_in_plan', statusCode: 403 })
  await assert.rejects(check('ada', 'reports', 1), { code: 'feature_not_in_plan' })
  await activate(story, 'ada', 'reports')
  await use()
  assert.equal((await check('ada', 'reports', 1))?.allowed, true)
  const listed = (await client.featureAccess.list({ customerId: 'ada' })).data
  assert.deepEqual(
    listed?.map(({ code, current, included }) => [code, current, included]),
    [
      ['calls', 0, 10],
      ['reports', 1, 100],
    ],
  )
  const { data } = await client.subscriptions.getActive({ customerId: 'ada' })
  assert.deepEqual(
    data?.features?.map(({ code }) => code),
    ['calls', 'reports'],
  )
  await deactivate(story, 'ada', 'reports')
  await assert.rejects(use(), { code: 'feature_not_in_plan' })
  assert.equal((await access('ada', 'reports'))?.allowed, false)
  await activate(story, 'ada', 'reports')
  // What was used in this window before still counts.
  assert.equal((await access('ada', 'reports'))?.current, 1)
  await use()
  assert.equal((await access('ada', 'reports'))?.current, 2)
})

test('its limit holds, in single events, in batches and against what is reserved', async () => {
  await story.join('bob', 'pro')
  await activate(story, 'bob', 'exports')
  const { client } = story.world
  await client.usage.track({ customerId: 'bob', feature: 'exports', value: 4 })
  const hold = { customerId: 'bob', featureCode: 'exports', quantity: 5 }
  const { body: held } = await story.world.request('POST', '/api/v1/usage/reservations', { body: hold })
  await assert.rejects(client.usage.track({ customerId: 'bob', feature: 'exports', value: 2 }), {
    code: 'included_limit_reached',
  })
  const events = [1, 1].map((value) => ({ customerId: 'bob', feature: 'exports', value }))
  const { body: batch } = await story.world.request('POST', '/api/v1/usage/events/batch', { body: { events } })
  assert.deepEqual(
    batch.data.map(({ status }: { status: string }) => status),
    ['recorded', 'rejected'],
  )
  const commit = `/api/v1/usage/reservations/${held.data.id}/commit`
  assert.equal((await story.world.request('POST', commit, { body: { value: 3 } })).status, 201)
  assert.equal((await access('bob', 'exports'))?.current, 8)
})

test('its total can be set', async () => {
  await story.join('cid', 'pro')
  await activate(story, 'cid', 'reports')
  const body = { customerId: 'cid', feature: 'reports', value: 42 }
  assert.equal((await story.world.request('PUT', '/api/v1/usage', { body })).status, 200)
  assert.equal((await access('cid', 'reports'))?.current, 42)
})

test('its thresholds are told, and the state of the customer has its feature', async () => {
  await story.join('dora', 'pro')
  await activate(story, 'dora', 'exports')
  const { client } = story.world
  await client.usage.track({ customerId: 'dora', feature: 'exports', value: 8 })
  await client.usage.track({ customerId: 'dora', feature: 'exports', value: 2 })
  const told = await story.told('dora')
  const types = told.map(({ type }) => type)
  assert(types.includes('quota.threshold_reached'), types.join())
  assert.deepEqual(types.slice(-2), ['customer.state_changed', 'quota.exceeded'])
  type State = { trigger: string; features: { code: string; current: number; allowed: boolean }[] }
  const state = told.at(-2)?.data as unknown as State
  assert.deepEqual(
    state.features.map(({ code, current, allowed }) => [code, current, allowed]),
    [
      ['calls', 0, true],
      ['exports', 10, false],
    ],
  )
  const activated = told.find(({ data }) => data.trigger === 'addon_activated')?.data as unknown as State
  assert.deepEqual(
    activated.features.map(({ code }) => code),
    ['calls', 'exports'],
  )
})

test('quota of an add-on rises and falls, and is refused without it', async () => {
  await story.join('eve', 'pro')
  const { client } = story.world
  await assert.rejects(client.quota.add({ customerId: 'eve', featureCode: 'storage', count: 1 }), {
    code: 'feature_not_in_plan',
  })
  await activate(story, 'eve', 'storage')
  await client.quota.add({ customerId: 'eve', featureCode: 'storage', count: 4 })
  await client.quota.remove({ customerId: 'eve', featureCode: 'storage', count: 1 })
  assert.equal((await client.quota.get({ customerId: 'eve', featureCode: 'storage' })).data?.current, 3)
})

test('a switch is on as long as its add-on is active', async () => {
  await story.join('fay', 'pro')
  assert.deepEqual((await access('fay', 'support'))?.allowed, false)
  await activate(story, 'fay', 'support')
  const on = await access('fay', 'support')
  assert.deepEqual([on?.allowed, on?.enabled], [true, true])
  await deactivate(story, 'fay', 'support')
  assert.deepEqual((await access('fay', 'support'))?.allowed, false)
})

test('in a trial nothing beyond what is included is sold of an add-on', async () => {
  await story.plan('tried', { price: 2900, trialDays: 20 })
  await story.join('gus', 'tried')
  await activate(story, 'gus', 'reports')
  const { client } = story.world
  await client.usage.track({ customerId: 'gus', feature: 'reports', value: 100 })
  await assert.rejects(client.usage.track({ customerId: 'gus', feature: 'reports', value: 1 }), {
    code: 'included_limit_reached',
  })
})

test('a spend cap reaches the overage of an add-on', async () => {
  await story.join('hal', 'pro')
  await activate(story, 'hal', 'reports')
  const { id } = await story.subscription('hal')
  const cap = await story.world.request('PUT', `/api/v1/subscriptions/${id}/spend-cap`, { body: { amount: 50 } })
  assert.equal(cap.status, 200)
  const { client } = story.world
  await client.usage.track({ customerId: 'hal', feature: 'reports', value: 105 })
  await assert.rejects(client.usage.track({ customerId: 'hal', feature: 'reports', value: 1 }), {
    code: 'included_limit_reached',
  })
})

test('a plan that comes to have the feature itself: the kinder of both, and the add-on goes on', async () => {
  const { client } = story.world
  await story.join('ivy', 'pro')
  await activate(story, 'ivy', 'reports')
  await client.plans.addFeature({ id: 'pro', featureId: 'reports', includedAmount: 500 })
  const both = await access('ivy', 'reports')
  assert.deepEqual([both?.included, both?.overageEnabled, both?.overageUnitPrice], [500, true, 1_000])
  await deactivate(story, 'ivy', 'reports')
  const own = await access('ivy', 'reports')
  assert.deepEqual([own?.included, own?.overageEnabled], [500, false])
})
