import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freePlan, newCustomer, paidCustomer, subscribe } from '../support/usage-stories.ts'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

test('FeatureAccess.list', async () => {
  const plan = await freePlan(world, {
    sso: { type: 'boolean' },
    audit_log: { type: 'boolean', enabled: false },
    api_calls: { type: 'usage', includedAmount: 10 },
    events: { type: 'usage', unlimited: true },
    members: { type: 'seats', includedAmount: 5 },
    projects: { type: 'quota', includedAmount: 3 },
  })
  const customer = await subscribe(world, plan)
  await world.client.usage.track({ feature: 'api_calls', customerId: customer.id, value: 2.5 })
  const answer = await world.client.featureAccess.list({ customerId: customer.externalId })
  assert.equal(answer.hasMore, false)
  const common = { object: 'feature', livemode: false } as const
  const counted = { overageQuantity: 0, overageUnitPrice: 0, unlimited: false, overageEnabled: false, ...common }
  assert.deepEqual(answer.data, [
    { code: 'sso', name: 'sso', type: 'boolean', allowed: true, enabled: true, ...common },
    { code: 'audit_log', name: 'audit_log', type: 'boolean', allowed: false, enabled: false, ...common },
    {
      code: 'api_calls',
      name: 'api_calls',
      type: 'usage',
      allowed: true,
      current: 2.5,
      included: 10,
      remaining: 7.5,
      ...counted,
    },
    {
      code: 'events',
      name: 'events',
      type: 'usage',
      allowed: true,
      current: 0,
      included: 0,
      ...counted,
      unlimited: true,
    },
    {
      code: 'members',
      name: 'members',
      type: 'seats',
      allowed: true,
      current: 0,
      included: 5,
      remaining: 5,
      ...counted,
      billedQuantity: 5,
    },
    {
      code: 'projects',
      name: 'projects',
      type: 'quota',
      allowed: true,
      current: 0,
      included: 3,
      remaining: 3,
      ...counted,
      billedQuantity: 3,
    },
  ])
})

test('FeatureAccess.list: nothing without a subscription, 404 for an unknown customer', async () => {
  const nobody = await newCustomer(world)
  const { data } = await world.client.featureAccess.list({ customerId: nobody.id })
  assert.deepEqual(data, [])
  await assert.rejects(world.client.featureAccess.list({ customerId: 'unknown' }), {
    code: 'customer_not_found',
    statusCode: 404,
  })
})

test('FeatureAccess.get', async () => {
  const customer = await paidCustomer(world, { minutes: { type: 'usage', includedAmount: 3, overage: 200 } })
  await world.client.usage.track({ feature: 'minutes', customerId: customer.id, value: 5 })
  const { data } = await world.client.featureAccess.get({ code: 'minutes', customerId: customer.id })
  assert.deepEqual(data, {
    allowed: true,
    code: 'minutes',
    name: 'minutes',
    type: 'usage',
    current: 5,
    included: 3,
    remaining: 0,
    overageQuantity: 2,
    overageUnitPrice: 200,
    unlimited: false,
    overageEnabled: true,
    object: 'feature',
    livemode: false,
  })
})

test('FeatureAccess.get: without subscription or outside of the plan the answer is not allowed, an unknown code is 404', async () => {
  const nobody = await newCustomer(world)
  await freePlan(world, { reports: { type: 'usage', includedAmount: 1 } })
  const { data } = await world.client.featureAccess.get({ code: 'reports', customerId: nobody.id })
  assert.deepEqual(data, {
    allowed: false,
    code: 'reports',
    name: 'reports',
    type: 'usage',
    object: 'feature',
    livemode: false,
  })
  const customer = await subscribe(world, await freePlan(world, { charts: { type: 'boolean' } }))
  const { data: outside } = await world.client.featureAccess.get({ code: 'reports', customerId: customer.id })
  assert.equal(outside?.allowed, false)
  await assert.rejects(world.client.featureAccess.get({ code: 'unknown', customerId: customer.id }), {
    code: 'feature_not_found',
    statusCode: 404,
  })
  await assert.rejects(world.client.featureAccess.get({ code: 'reports', customerId: 'unknown' }), {
    code: 'customer_not_found',
  })
})

test('FeatureAccess.canUse', async () => {
  const customer = await paidCustomer(world, {
    texts: { type: 'usage', includedAmount: 1, overage: 200 },
    exports: { type: 'usage', includedAmount: 1 },
    off: { type: 'usage', includedAmount: 1, enabled: false },
    beta: { type: 'boolean' },
  })
  const canUse = async (code: string, customerId = customer.id) => {
    const { data } = await world.client.featureAccess.canUse({ code, customerId })
    return [data?.allowed, data?.willBeCharged, data?.reason]
  }
  assert.deepEqual(await canUse('texts'), [true, false, undefined])
  await world.client.usage.track({ feature: 'texts', customerId: customer.id })
  assert.deepEqual(await canUse('texts'), [true, true, undefined])
  assert.deepEqual(await canUse('exports'), [true, false, undefined])
  await world.client.usage.track({ feature: 'exports', customerId: customer.id })
  assert.deepEqual(await canUse('exports'), [false, false, 'included_limit_reached'])
  assert.deepEqual(await canUse('off'), [false, false, 'feature_disabled'])
  assert.deepEqual(await canUse('beta'), [true, false, undefined])
  await freePlan(world, { outside: { type: 'boolean' } })
  assert.deepEqual(await canUse('outside'), [false, false, 'feature_not_in_plan'])
  assert.deepEqual(await canUse('texts', (await newCustomer(world)).id), [false, false, 'no_active_subscription'])
})

test('FeatureAccess.get: a feature that is added to the plan is there for the next request', async () => {
  const plan = await freePlan(world, { first_one: { type: 'boolean' } })
  const customer = await subscribe(world, plan)
  await world.client.features.create({ code: 'second_one', name: 'Second', type: 'usage' })
  assert.equal(
    (await world.client.featureAccess.get({ code: 'second_one', customerId: customer.id })).data?.allowed,
    false,
  )
  await world.client.plans.addFeature({ id: plan.id, featureId: 'second_one', includedAmount: 2 })
  assert.equal(
    (await world.client.featureAccess.get({ code: 'second_one', customerId: customer.id })).data?.allowed,
    true,
  )
  await world.client.usage.track({ feature: 'second_one', customerId: customer.id, value: 2 })
  await assert.rejects(world.client.usage.track({ feature: 'second_one', customerId: customer.id }), {
    code: 'included_limit_reached',
  })
})
