import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newCheckout } from '../support/checkouts.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const refused = (reason: string) => ({ name: 'CommetValidationError', validationErrors: { promoCode: [reason] } })

test('PromoCodes.create', async () => {
  const { data } = await world.client.promoCodes.create({
    code: 'summer-26',
    discountType: 'percentage',
    discountValue: 2500,
    durationCycles: 3,
    maxRedemptions: 100,
    expiresAt: '2099-12-31T00:00:00.000Z',
  })
  assert(data)
  const { id, createdAt, updatedAt, ...rest } = data
  assert.match(id, /^pro_[0-9a-z]{26}$/)
  assert.equal(createdAt, updatedAt)
  assert.deepEqual(rest, {
    code: 'SUMMER-26',
    discountType: 'percentage',
    discountValue: 2500,
    durationCycles: 3,
    billingInterval: null,
    maxRedemptions: 100,
    expiresAt: '2099-12-31T00:00:00.000Z',
    isActive: true,
    redemptionCount: 0,
    object: 'promo_code',
    livemode: false,
    planIds: null,
  })
  await assert.rejects(
    world.client.promoCodes.create({ code: 'Summer-26', discountType: 'amount', discountValue: 1 }),
    { code: 'duplicate', statusCode: 409 },
  )
})

test('PromoCodes.create: what is no code or no discount is refused', async () => {
  const create = (changes: Record<string, unknown>) =>
    world.request('POST', '/api/v1/promo-codes', {
      body: { code: 'OTHER', discountType: 'percentage', discountValue: 100, ...changes },
    })
  for (const [field, value] of [
    ['code', 'with space'],
    ['code', ''],
    ['code', 'X'.repeat(51)],
    ['discountValue', 0],
    ['discountValue', 10_000],
    ['durationCycles', 0],
    ['maxRedemptions', 0],
  ] as const) {
    const { status, body } = await create({ [field]: value })
    assert.equal(status, 422, field)
    assert.equal(body.error.param, field)
  }
  const { status, body } = await create({ planIds: ['pln_none'] })
  assert.equal(status, 404)
  assert.equal(body.error.code, 'plan_not_found')
})

test('PromoCodes.get', async () => {
  const { data } = await world.client.promoCodes.create({ code: 'GET', discountType: 'amount', discountValue: 500 })
  assert(data)
  assert.deepEqual((await world.client.promoCodes.get({ id: data.id })).data, data)
  await assert.rejects(world.client.promoCodes.get({ id: `pro_${'0'.repeat(26)}` }), {
    code: 'promo_code_not_found',
    statusCode: 404,
  })
})

test('PromoCodes.list', async () => {
  const made: string[] = []
  for (const code of ['L1', 'L2', 'L3']) {
    const { data } = await world.client.promoCodes.create({ code, discountType: 'amount', discountValue: 500 })
    made.unshift(data?.id ?? '')
  }
  const first = await world.client.promoCodes.list({ limit: 2 })
  assert.equal(first.hasMore, true)
  const second = await world.client.promoCodes.list({ limit: 2, cursor: first.nextCursor as string })
  const ids = [...(first.data ?? []), ...(second.data ?? [])].map(({ id }) => id)
  assert.deepEqual(ids.slice(0, 3), made)
})

test('PromoCodes.update', async () => {
  const { data: plan } = await world.client.plans.create({ name: 'Gold', code: 'gold' })
  const { data } = await world.client.promoCodes.create({ code: 'UP', discountType: 'amount', discountValue: 500 })
  assert(data && plan)
  const { data: changed } = await world.client.promoCodes.update({
    id: data.id,
    active: false,
    billingInterval: 'yearly',
    maxRedemptions: 5,
    expiresAt: '2099-01-01T00:00:00.000Z',
    planIds: ['gold'],
  })
  assert.deepEqual(changed, {
    ...data,
    isActive: false,
    billingInterval: 'yearly',
    maxRedemptions: 5,
    expiresAt: '2099-01-01T00:00:00.000Z',
    updatedAt: changed?.updatedAt,
    planIds: [plan.id],
  })
  const { data: opened } = await world.client.promoCodes.update({
    id: data.id,
    active: true,
    billingInterval: null,
    maxRedemptions: null,
    expiresAt: null,
    planIds: [],
  })
  assert.deepEqual(opened, { ...data, updatedAt: opened?.updatedAt })
})

test('Subscriptions.create: a promo code takes its discount off the base', async () => {
  await world.client.promoCodes.create({ code: 'TEN', discountType: 'percentage', discountValue: 1000 })
  const { subscriptionId } = await newCheckout(world, { subscription: { promoCode: 'ten' } })
  const { data } = await world.client.invoices.list({ subscriptionId })
  assert.deepEqual([data?.[0]?.subtotal, data?.[0]?.discountAmount, data?.[0]?.total], [2900, 290, 2610])
})

test('Subscriptions.create: a promo code that cannot be used says why', async () => {
  const { client } = world
  const { data: plan } = await client.plans.create({ name: 'Silver', code: 'silver' })
  assert(plan)
  await client.plans.addPrice({ id: plan.id, billingInterval: 'monthly', price: 2900 })
  await client.customers.create({ id: 'cleo', email: 'cleo@example.com' })
  const code = (name: string, limits: Record<string, unknown>) =>
    world.request('POST', '/api/v1/promo-codes', {
      body: { code: name, discountType: 'amount', discountValue: 500, ...limits },
    })
  const ask = (promoCode: string, more: Record<string, unknown> = {}) =>
    client.subscriptions.create({ customerId: 'cleo', planCode: 'silver', promoCode, ...more })
  await assert.rejects(ask('NOBODY'), { code: 'promo_code_not_found', statusCode: 404 })
  const { body: off } = await code('OFF', {})
  await client.promoCodes.update({ id: off.data.id, active: false })
  await assert.rejects(ask('OFF'), refused('inactive'))
  await code('PAST', { expiresAt: '2020-01-01T00:00:00.000Z' })
  await assert.rejects(ask('PAST'), { code: 'promo_code_expired', statusCode: 409 })
  const { data: other } = await client.plans.create({ name: 'Else', code: 'else' })
  await code('PLAN', { planIds: [other?.id] })
  await assert.rejects(ask('PLAN'), refused('plan_not_eligible'))
  await code('YEAR', { billingInterval: 'yearly' })
  await assert.rejects(ask('YEAR'), refused('interval_not_eligible'))
  await code('FREE', {})
  const introOffer = { discountType: 'percentage', discountValue: 1000, durationCycles: 1 } as const
  await assert.rejects(ask('FREE', { introOffer }), refused('intro_offer_active'))
})
