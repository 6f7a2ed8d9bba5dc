import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freePlan, newCustomer, paidCustomer, subscribe } from '../support/usage-stories.ts'
import { createWorld } from '../support/world.ts'

type World = Awaited<ReturnType<typeof createWorld>>
let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const uses = '/api/v1/usage/events'

test('Usage.track', async () => {
  const plan = await freePlan(world, { api_calls: { type: 'usage', includedAmount: 100 } })
  const customer = await subscribe(world, plan)
  const answer = await world.request('POST', uses, {
    body: {
      feature: 'api_calls',
      customerId: customer.id,
      value: 2.5,
      idempotencyKey: 'order-1',
      timestamp: new Date().toISOString(),
      properties: [{ property: 'region', value: 'eu' }],
    },
  })
  assert.equal(answer.status, 201)
  const { id, organizationId, ts, createdAt, properties, ...rest } = answer.body.data
  assert.match(id, /^evt_[0-9a-z]{26}$/)
  assert.match(organizationId, /^org_/)
  assert.match(ts, isoTime)
  assert.match(createdAt, isoTime)
  assert.deepEqual(rest, {
    object: 'usage_event',
    livemode: false,
    customerId: customer.externalId,
    feature: 'api_calls',
    idempotencyKey: 'order-1',
    value: 2.5,
  })
  assert.deepEqual(properties, [{ id: properties[0].id, usageEventId: id, property: 'region', value: 'eu', createdAt }])
  assert.deepEqual(Object.keys(answer.body.data), [
    'id',
    'object',
    'livemode',
    'organizationId',
    'customerId',
    'feature',
    'idempotencyKey',
    'ts',
    'properties',
    'createdAt',
    'value',
  ])

  const { data: plain } = await world.client.usage.track({ feature: 'api_calls', customerId: customer.externalId })
  assert.equal(plain?.object, 'usage_event')
  assert.equal(plain?.idempotencyKey, undefined)
  const { data: lookup } = await world.client.featureAccess.get({ code: 'api_calls', customerId: customer.externalId })
  assert.equal(lookup?.current, 3.5)
})

test('Usage.track: a customer without an own id is named by the public one', async () => {
  const plan = await freePlan(world, { pings: { type: 'usage', includedAmount: 10 } })
  const customer = await newCustomer(world, { isNamed: false })
  await world.client.subscriptions.create({ customerId: customer.id, planId: plan.id })
  const { data } = await world.client.usage.track({ feature: 'pings', customerId: customer.id })
  assert.equal(data?.customerId, customer.id)
})

test('Usage.track: the same idempotencyKey again is a duplicate', async () => {
  const customer = await subscribe(world, await freePlan(world, { orders: { type: 'usage', includedAmount: 10 } }))
  const event = { feature: 'orders', customerId: customer.id, idempotencyKey: 'twice' }
  await world.client.usage.track(event)
  await assert.rejects(world.client.usage.track(event), { code: 'duplicate', statusCode: 409 })
})

test('Usage.track: the same request again is answered with the same event, a different one with that key is refused', async () => {
  const customer = await subscribe(world, await freePlan(world, { emails: { type: 'usage', includedAmount: 10 } }))
  const send = (value: number) =>
    world.request('POST', uses, {
      body: { feature: 'emails', customerId: customer.id, value, properties: [{ property: 'to', value: 'ada' }] },
      headers: { 'idempotency-key': 'the-request' },
    })
  const first = await send(2)
  const again = await send(2)
  assert.equal(again.status, 201)
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  assert.deepEqual(again.body, first.body)
  const other = await send(3)
  assert.equal(other.status, 409)
  assert.equal(other.body.error.code, 'idempotency_key_mismatch')
  const { data } = await world.client.featureAccess.get({ code: 'emails', customerId: customer.id })
  assert.equal(data?.current, 2)
})

test('Usage.track: on a free plan the included amount is the limit, and an event that would cross it is refused whole', async () => {
  const customer = await subscribe(world, await freePlan(world, { exports: { type: 'usage', includedAmount: 3 } }))
  await world.client.usage.track({ feature: 'exports', customerId: customer.id, value: 2 })
  await assert.rejects(world.client.usage.track({ feature: 'exports', customerId: customer.id, value: 2 }), {
    code: 'included_limit_reached',
    statusCode: 402,
  })
  const { data } = await world.client.featureAccess.get({ code: 'exports', customerId: customer.id })
  assert.equal(data?.current, 2)
})

test('Usage.track: on a paid plan with overage more than the included amount is recorded', async () => {
  const customer = await paidCustomer(world, { minutes: { type: 'usage', includedAmount: 3, overage: 200 } })
  await world.client.usage.track({ feature: 'minutes', customerId: customer.id, value: 5 })
  const { data } = await world.client.featureAccess.get({ code: 'minutes', customerId: customer.id })
  assert.equal(data?.overageQuantity, 2)
})

test('Usage.track: refusals in their order', async () => {
  const plan = await freePlan(world, {
    calls: { type: 'usage', includedAmount: 10 },
    switched_off: { type: 'usage', includedAmount: 10, enabled: false },
    sso: { type: 'boolean' },
  })
  await freePlan(world, { elsewhere: { type: 'usage', includedAmount: 10 } })
  const customer = await subscribe(world, plan)
  const nobody = await newCustomer(world)
  const codes = []
  for (const [feature, customerId] of [
    ['calls', 'unknown'],
    ['unknown', nobody.id],
    ['sso', customer.id],
    ['calls', nobody.id],
    ['elsewhere', customer.id],
    ['switched_off', customer.id],
  ]) {
    const { status, body } = await world.request('POST', uses, { body: { feature, customerId } })
    codes.push(`${status} ${body.error.code}`)
  }
  assert.deepEqual(codes, [
    '404 customer_not_found',
    '404 feature_not_found',
    '404 feature_not_found',
    '404 no_active_subscription',
    '403 feature_not_in_plan',
    '403 feature_disabled',
  ])
  const { status, body } = await world.request('POST', uses, {
    body: { feature: 'calls', customerId: customer.id, model: 'anthropic/claude', inputTokens: 1, outputTokens: 1 },
  })
  assert.equal(`${status} ${body.error.code}`, '400 pricing_mode_mismatch')
})

test('Usage.track: everything wrong with an event is told at once', async () => {
  const { status, body } = await world.request('POST', uses, {
    body: {
      customerId: '',
      value: 1.0000001,
      timestamp: 'yesterday',
      idempotencyKey: 'x'.repeat(256),
      properties: [{ property: '', value: 'x' }],
    },
  })
  assert.equal(status, 422)
  const fields = body.error.details.map(({ field }: { field: string }) => field).sort()
  assert.deepEqual(fields, ['customerId', 'feature', 'idempotencyKey', 'properties.0.property', 'timestamp', 'value'])
})

test('Usage.track: tokens go with a model, and a model with its tokens and without a value', async () => {
  const fieldsOf = async (given: object) => {
    const { body } = await world.request('POST', uses, { body: { feature: 'calls', customerId: 'c', ...given } })
    return body.error.details.map(({ field }: { field: string }) => field)
  }
  assert.deepEqual(await fieldsOf({ inputTokens: 1, cacheReadTokens: 1 }), ['inputTokens', 'cacheReadTokens'])
  assert.deepEqual(await fieldsOf({ model: 'm', outputTokens: 1, value: 1 }), ['inputTokens', 'value'])
})

test('Usage.track: values from 0 to 10^12 with 6 decimals, at most 50 properties', async () => {
  const customer = await subscribe(world, await freePlan(world, { bytes: { type: 'usage', unlimited: true } }))
  const outcomes = []
  for (const value of [0, 0.000001, 1_000_000_000_000, 1_000_000_000_000.5, -1]) {
    const { status } = await world.request('POST', uses, { body: { feature: 'bytes', customerId: customer.id, value } })
    outcomes.push(status)
  }
  assert.deepEqual(outcomes, [201, 201, 201, 422, 422])
  const properties = Array.from({ length: 51 }, (_, index) => ({ property: `p${index}`, value: '1' }))
  const { status } = await world.request('POST', uses, {
    body: { feature: 'bytes', customerId: customer.id, properties },
  })
  assert.equal(status, 422)
})

test('Usage.track: timestamps from 90 days ago to 5 minutes ahead; before access began they count in the current window', async () => {
  const customer = await subscribe(world, await freePlan(world, { visits: { type: 'usage', includedAmount: 10 } }))
  const at = (change: Temporal.DurationLike) =>
    Temporal.Now.instant().add(change).toString({ smallestUnit: 'millisecond' })
  const outcomes = []
  for (const timestamp of [at({ hours: -91 * 24 }), at({ hours: -89 * 24 }), at({ minutes: 4 }), at({ minutes: 6 })]) {
    const { status } = await world.request('POST', uses, {
      body: { feature: 'visits', customerId: customer.id, timestamp },
    })
    outcomes.push(status)
  }
  assert.deepEqual(outcomes, [422, 201, 201, 422])
  const { data } = await world.client.featureAccess.get({ code: 'visits', customerId: customer.id })
  assert.equal(data?.current, 2)
})

test('Usage.check', async () => {
  const customer = await subscribe(world, await freePlan(world, { images: { type: 'usage', includedAmount: 10 } }))
  await world.client.usage.track({ feature: 'images', customerId: customer.id, value: 9 })
  const { data: one } = await world.client.usage.check({ customerId: customer.id, featureCode: 'images', quantity: 1 })
  assert.deepEqual(one, {
    allowed: true,
    consumptionModel: 'metered',
    feature: 'images',
    quantity: 1,
    current: 9,
    remaining: 1,
    unlimited: false,
    included: 10,
    overageEnabled: false,
    overageUnitPrice: null,
    featureCode: 'images',
  })
  const { data: two } = await world.client.usage.check({
    customerId: customer.id,
    featureCode: 'images',
    quantity: 1.5,
  })
  assert.equal(two?.allowed, false)
  assert.equal(two?.reason, 'included_limit_reached')
  assert.equal(
    two?.message,
    '1.5 of images does not fit: 9 of the included 10 are used in this window, and the plan does not sell more.',
  )
  const { data: still } = await world.client.featureAccess.get({ code: 'images', customerId: customer.id })
  assert.equal(still?.current, 9)
})

test('Usage.check: overage and unlimited accept any quantity', async () => {
  const paid = await paidCustomer(world, { texts: { type: 'usage', includedAmount: 3, overage: 200 } })
  const { data: billed } = await world.client.usage.check({ customerId: paid.id, featureCode: 'texts', quantity: 5 })
  assert.deepEqual(
    [billed?.allowed, billed?.overageEnabled, billed?.overageUnitPrice, billed?.remaining],
    [true, true, 200, 3],
  )
  const free = await subscribe(world, await freePlan(world, { logs: { type: 'usage', unlimited: true } }))
  const { data: unlimited } = await world.client.usage.check({
    customerId: free.id,
    featureCode: 'logs',
    quantity: 1e12,
  })
  assert.deepEqual([unlimited?.allowed, unlimited?.unlimited, unlimited?.remaining], [true, true, undefined])
})

test('Usage.check: refuses what recording would refuse before any amount counts', async () => {
  const customer = await subscribe(world, await freePlan(world, { jobs: { type: 'usage', includedAmount: 10 } }))
  const nobody = await newCustomer(world)
  await freePlan(world, { other_jobs: { type: 'usage', includedAmount: 10 } })
  const codes = []
  for (const [featureCode, customerId] of [
    ['jobs', 'unknown'],
    ['unknown', customer.id],
    ['jobs', nobody.id],
    ['other_jobs', customer.id],
  ]) {
    const { body } = await world.request('POST', '/api/v1/usage/check', {
      body: { featureCode, customerId, quantity: 1 },
    })
    codes.push(body.error.code)
  }
  assert.deepEqual(codes, ['customer_not_found', 'feature_not_found', 'no_active_subscription', 'feature_not_in_plan'])
})

test('a deleted key records and reads nothing from that moment on', async () => {
  const customer = await subscribe(world, await freePlan(world, { scans: { type: 'usage', includedAmount: 10 } }))
  const { data: key } = await world.client.apiKeys.create({ name: 'short-lived' })
  assert(key)
  const full = (key as unknown as Record<string, string>).key ?? (key as unknown as Record<string, string>).apiKey ?? ''
  const track = () => world.request('POST', uses, { key: full, body: { feature: 'scans', customerId: customer.id } })
  const check = () =>
    world.request('POST', '/api/v1/usage/check', {
      key: full,
      body: { featureCode: 'scans', customerId: customer.id, quantity: 1 },
    })
  assert.equal((await track()).status, 201)
  assert.equal((await check()).status, 200)
  await world.client.apiKeys.delete({ id: key.id })
  assert.equal((await track()).status, 401)
  assert.equal((await check()).status, 401)
})

test('Usage.track: while the test clock is moved, a timestamp of real time means its now', async () => {
  const customer = await subscribe(world, await freePlan(world, { reads: { type: 'usage', includedAmount: 10 } }))
  const { data: clock } = await world.client.testClock.advance({ advanceDays: 10 })
  const realTime = new Date().toISOString()
  const { data } = await world.client.usage.track({ feature: 'reads', customerId: customer.id, timestamp: realTime })
  assert.equal(data?.ts, clock?.simulatedTime)
  assert.equal(data?.createdAt, clock?.simulatedTime)
  const yesterday = Temporal.Instant.from(realTime).subtract({ hours: 24 }).toString({ smallestUnit: 'millisecond' })
  const { data: earlier } = await world.client.usage.track({
    feature: 'reads',
    customerId: customer.id,
    timestamp: yesterday,
  })
  assert.equal(earlier?.ts, yesterday)
})
