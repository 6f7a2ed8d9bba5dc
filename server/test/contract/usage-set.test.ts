import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { freePlan, newCustomer, paidCustomer, subscribe } from '../support/usage-stories.ts'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const put = (body: Record<string, unknown>) => world.request('PUT', '/api/v1/usage', { body })
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

test('Usage.set', async () => {
  const customer = await subscribe(world, await freePlan(world, { rows: { type: 'usage', includedAmount: 100 } }))
  await world.client.usage.track({ feature: 'rows', customerId: customer.id, value: 7.5 })
  const { data } = await world.client.usage.set({
    customerId: customer.externalId,
    feature: 'rows',
    value: 5.000001,
    idempotencyKey: 'sync-1',
    reason: 'Counted again',
  })
  assert(data)
  const { id, ts, createdAt, ...rest } = data
  assert.match(id, /^evt_[0-9a-z]{26}$/)
  assert.match(ts, isoTime)
  assert.equal(createdAt, ts)
  assert.deepEqual(rest, {
    feature: 'rows',
    value: 5.000001,
    previousValue: 7.5,
    adjustment: -2.499999,
    customerId: customer.externalId,
    idempotencyKey: 'sync-1',
    reason: 'Counted again',
    object: 'usage_event',
    livemode: false,
  })
  assert.deepEqual(Object.keys(data), [
    'id',
    'feature',
    'value',
    'previousValue',
    'adjustment',
    'customerId',
    'idempotencyKey',
    'reason',
    'ts',
    'createdAt',
    'object',
    'livemode',
  ])
  const { data: access } = await world.client.featureAccess.get({ code: 'rows', customerId: customer.id })
  assert.equal(access?.current, 5.000001)
})

test('Usage.set: without key and reason both are null, and 0 empties the window', async () => {
  const customer = await subscribe(world, await freePlan(world, { cells: { type: 'usage', includedAmount: 100 } }))
  await world.client.usage.track({ feature: 'cells', customerId: customer.id, value: 7 })
  const { data } = await world.client.usage.set({ customerId: customer.id, feature: 'cells', value: 0 })
  assert.deepEqual([data?.idempotencyKey, data?.reason, data?.adjustment], [null, null, -7])
})

test('Usage.set: a repeated idempotencyKey is answered with what the first did, for other usage it is a duplicate', async () => {
  const customer = await subscribe(world, await freePlan(world, { files: { type: 'usage', includedAmount: 100 } }))
  const asked = { customerId: customer.id, feature: 'files', value: 12, idempotencyKey: 'sync-2' }
  const first = await put(asked)
  await world.client.usage.track({ feature: 'files', customerId: customer.id, value: 3 })
  const again = await put(asked)
  assert.deepEqual([again.status, again.body], [200, first.body])
  const { data: access } = await world.client.featureAccess.get({ code: 'files', customerId: customer.id })
  assert.equal(access?.current, 15)
  const other = await put({ ...asked, value: 13 })
  assert.equal(`${other.status} ${other.body.error.code}`, '409 duplicate')
})

test('Usage.set: refusals in their order', async () => {
  const plan = await freePlan(world, {
    docs: { type: 'usage', includedAmount: 10 },
    off: { type: 'usage', includedAmount: 10, enabled: false },
    desks: { type: 'seats', includedAmount: 10 },
  })
  await freePlan(world, { beyond_plan: { type: 'usage', includedAmount: 10 } })
  const customer = await subscribe(world, plan)
  const nobody = await newCustomer(world)
  await world.client.usage.track({ feature: 'docs', customerId: customer.id, idempotencyKey: 'tracked' })
  const answers = []
  for (const [feature, customerId, value, idempotencyKey] of [
    ['docs', 'unknown', 1, undefined],
    ['unknown', customer.id, 1, 'tracked'],
    ['unknown', nobody.id, 1, undefined],
    ['desks', customer.id, 1, undefined],
    ['docs', nobody.id, 1, undefined],
    ['beyond_plan', customer.id, 1, undefined],
    ['off', customer.id, 1, undefined],
    ['docs', customer.id, 10.000001, undefined],
  ] as const) {
    const { status, body } = await put({ feature, customerId, value, idempotencyKey })
    answers.push(`${status} ${body.error.code}`)
  }
  assert.deepEqual(answers, [
    '404 customer_not_found',
    '409 duplicate',
    '404 feature_not_found',
    '404 feature_not_found',
    '404 no_active_subscription',
    '403 feature_not_in_plan',
    '403 feature_disabled',
    '402 included_limit_reached',
  ])
})

test('Usage.set: only on metered plans', async () => {
  const credits = { model: 'credits', feature: 'renders', creditsPerUnit: 1, isFree: true } as const
  const balance = { model: 'balance', feature: 'prompts', unitPrice: 100, isFree: true } as const
  for (const funded of [credits, balance]) {
    const { feature } = funded
    const plan = await fundedPlan(world, funded)
    const customer = await fundedCustomer(world, plan)
    const { status, body } = await put({ customerId: customer.id, feature, value: 1 })
    assert.equal(`${status} ${body.error.code} ${body.error.param}`, '422 validation_error feature')
  }
})

test('Usage.set: values from 0 to 10^12 with 6 decimals', async () => {
  const customer = await paidCustomer(world, { octets: { type: 'usage', unlimited: true } })
  const statuses = []
  for (const value of [1_000_000_000_000, 0.000001, 1e-7, -1, 1_000_000_000_001, undefined]) {
    statuses.push((await put({ customerId: customer.id, feature: 'octets', value })).status)
  }
  assert.deepEqual(statuses, [200, 200, 422, 422, 422, 422])
})
