import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fundedCustomer, fundedPlan } from '../../support/ledger-stories.ts'
import { freePlan, newCustomer, type PlannedFeature, paidCustomer, subscribe } from '../../support/usage-stories.ts'
import { createWorld } from '../../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

/** What one more unit gets: `allowed`, `allowed, charged`, or the reason. The list and the lookup say the same of it. */
async function canUse(code: string, customerId: string): Promise<string> {
  const { client } = world
  const { data: asked } = await client.featureAccess.canUse({ code, customerId })
  const { data: plain } = await client.featureAccess.get({ code, customerId })
  const { data: list } = await client.featureAccess.list({ customerId })
  assert(asked && plain)
  assert.equal(plain.allowed, asked.allowed)
  assert.deepEqual([plain.willBeCharged, plain.reason], [undefined, undefined], 'only where it is asked for')
  assert.equal(list?.find((one) => one.code === code)?.allowed ?? false, asked.allowed)
  assert.equal(asked.reason === undefined, asked.allowed)
  if (!asked.allowed) return `${asked.reason}${asked.willBeCharged ? ', charged' : ''}`
  return asked.willBeCharged ? 'allowed, charged' : 'allowed'
}

/** The check's word for a quantity, held against what recording does with it. */
async function checkThenTrack(featureCode: string, customerId: string, quantity: number): Promise<string> {
  const { data: check } = await world.client.usage.check({ customerId, featureCode, quantity })
  assert(check)
  assert.deepEqual([check.feature, (check as { featureCode?: string }).featureCode], [featureCode, featureCode])
  const { status, body } = await world.request('POST', '/api/v1/usage/events', {
    body: { feature: featureCode, customerId, value: quantity },
  })
  assert.equal(status === 201, check.allowed, 'what was checked is what happens')
  if (check.allowed) return 'allowed'
  assert.equal(body.error.code, check.reason)
  assert.equal(body.error.message, check.message)
  return String(check.reason)
}

test('metered: included, beyond it sold or not, unlimited, switched off', async () => {
  const features: Record<string, PlannedFeature> = {
    sold: { type: 'usage', includedAmount: 2, overage: 500 },
    limited: { type: 'usage', includedAmount: 2 },
    endless: { type: 'usage', unlimited: true },
    off: { type: 'usage', includedAmount: 2, enabled: false },
  }
  const { id } = await paidCustomer(world, features)
  assert.deepEqual(
    [await canUse('sold', id), await canUse('limited', id), await canUse('endless', id), await canUse('off', id)],
    ['allowed', 'allowed', 'allowed', 'feature_disabled'],
  )
  assert.equal(await checkThenTrack('limited', id, 2.000001), 'included_limit_reached')
  for (const code of ['sold', 'limited', 'endless']) assert.equal(await checkThenTrack(code, id, 1.5), 'allowed')
  assert.deepEqual(
    [await canUse('sold', id), await canUse('limited', id), await canUse('endless', id)],
    ['allowed, charged', 'included_limit_reached', 'allowed'],
  )
  assert.equal(await checkThenTrack('limited', id, 0.5), 'allowed')
  assert.equal(await checkThenTrack('sold', id, 100), 'allowed')
  const { data } = await world.client.featureAccess.get({ code: 'endless', customerId: id })
  assert.deepEqual([data?.remaining, data?.unlimited, data?.billedQuantity], [undefined, true, undefined])
})

test('a free plan sells nothing beyond, whatever its feature says', async () => {
  const plan = await freePlan(world, { given: { type: 'usage', includedAmount: 1 } })
  const { id } = await subscribe(world, plan)
  assert.equal(await canUse('given', id), 'allowed')
  assert.equal(await checkThenTrack('given', id, 1), 'allowed')
  assert.equal(await canUse('given', id), 'included_limit_reached')
  const { data } = await world.client.featureAccess.get({ code: 'given', customerId: id })
  assert.equal(data?.overageEnabled, false)
})

test('credits: until they are used up', async () => {
  const plan = await fundedPlan(world, { model: 'credits', feature: 'pages', creditsPerUnit: 2, includedCredits: 5 })
  const { id } = await fundedCustomer(world, plan)
  assert.equal(await checkThenTrack('pages', id, 1.5), 'allowed')
  assert.equal(await canUse('pages', id), 'allowed')
  assert.equal(await checkThenTrack('pages', id, 1.000001), 'insufficient_credits')
  assert.equal(await checkThenTrack('pages', id, 1), 'allowed')
  assert.equal(await canUse('pages', id), 'insufficient_credits')
})

test('a balance that blocks is used up, one that does not goes on and charges', async () => {
  const blocking = { model: 'balance', feature: 'blocked', unitPrice: 10_000, includedBalance: 15_000 } as const
  const stopped = await fundedCustomer(world, await fundedPlan(world, { ...blocking, blockOnExhaustion: true }))
  assert.equal(await checkThenTrack('blocked', stopped.id, 1), 'allowed')
  assert.equal(await canUse('blocked', stopped.id), 'insufficient_balance')
  assert.equal(await checkThenTrack('blocked', stopped.id, 0.5001), 'insufficient_balance')
  assert.equal(await checkThenTrack('blocked', stopped.id, 0.5), 'allowed')
  const open = await fundedCustomer(world, await fundedPlan(world, { ...blocking, feature: 'flowing' }))
  assert.equal(await canUse('flowing', open.id), 'allowed')
  assert.equal(await checkThenTrack('flowing', open.id, 1), 'allowed')
  assert.equal(await canUse('flowing', open.id), 'allowed, charged')
  assert.equal(await checkThenTrack('flowing', open.id, 20), 'allowed')
})

test('seats and quota: charged beyond the high-water mark alone', async () => {
  const { id } = await paidCustomer(world, {
    people: { type: 'seats', includedAmount: 2, overage: 10_000 },
    boards: { type: 'quota', includedAmount: 2, overage: 10_000 },
    fixed_seats: { type: 'seats', includedAmount: 2 },
    endless_quota: { type: 'quota', unlimited: true },
  })
  const billed = async (code: string) =>
    (await world.client.featureAccess.get({ code, customerId: id })).data?.billedQuantity
  assert.deepEqual([await canUse('people', id), await billed('people')], ['allowed', 2])
  await world.client.seats.set({ customerId: id, featureCode: 'people', count: 4 })
  await world.client.quota.set({ customerId: id, featureCode: 'boards', count: 3 })
  await world.client.seats.set({ customerId: id, featureCode: 'fixed_seats', count: 2 })
  await world.client.quota.set({ customerId: id, featureCode: 'endless_quota', count: 30 })
  assert.deepEqual(
    [
      await canUse('people', id),
      await canUse('boards', id),
      await canUse('fixed_seats', id),
      await canUse('endless_quota', id),
    ],
    ['allowed, charged', 'allowed, charged', 'included_limit_reached', 'allowed'],
  )
  await world.client.seats.set({ customerId: id, featureCode: 'people', count: 3 })
  assert.deepEqual([await canUse('people', id), await billed('people')], ['allowed', 4])
  const { data } = await world.client.featureAccess.get({ code: 'people', customerId: id })
  assert.deepEqual([data?.current, data?.included, data?.remaining, data?.overageQuantity], [3, 2, 0, 1])
  const check = async (featureCode: string, quantity: number) =>
    (await world.client.usage.check({ customerId: id, featureCode, quantity })).data
  assert.equal((await check('people', 10))?.allowed, true)
  assert.equal((await check('endless_quota', 10))?.unlimited, true)
  const refused = await check('fixed_seats', 1)
  assert.deepEqual([refused?.allowed, refused?.reason], [false, 'included_limit_reached'])
})

test('boolean features are on or off; whoever has no subscription or not the feature is told so', async () => {
  const plan = await freePlan(world, { dark_mode: { type: 'boolean' }, beta_mode: { type: 'boolean', enabled: false } })
  const { id } = await subscribe(world, plan)
  await freePlan(world, { elsewhere_only: { type: 'boolean' } })
  const nobody = await newCustomer(world)
  assert.deepEqual(
    [await canUse('dark_mode', id), await canUse('beta_mode', id), await canUse('elsewhere_only', id)],
    ['allowed', 'feature_disabled', 'feature_not_in_plan'],
  )
  assert.equal(await canUse('dark_mode', nobody.id), 'no_active_subscription')
})

test('in a trial nothing is sold beyond: usage, seats, credits and balance end where what is included ends', async () => {
  const plan = await fundedPlan(world, {
    model: 'balance',
    feature: 'tried',
    unitPrice: 10_000,
    includedBalance: 10_000,
    trialDays: 14,
  })
  await world.client.features.create({ code: 'trial_seats', name: 'Seats', type: 'seats' })
  await world.client.plans.addFeature({
    id: plan.id,
    featureId: 'trial_seats',
    includedAmount: 1,
    overage: { enabled: true, unitPrice: 10_000 },
  })
  const { id } = await fundedCustomer(world, plan)
  assert.equal(await checkThenTrack('tried', id, 1), 'allowed')
  assert.equal(await canUse('tried', id), 'insufficient_balance')
  assert.equal(await canUse('trial_seats', id), 'allowed')
  await world.client.seats.set({ customerId: id, featureCode: 'trial_seats', count: 1 })
  assert.equal(await canUse('trial_seats', id), 'included_limit_reached')
  const { data } = await world.client.featureAccess.get({ code: 'trial_seats', customerId: id })
  assert.equal(data?.overageEnabled, false)
})
