import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type AddPlanFeatureParams, CommetValidationError, type CreatePlanParams, type Plan } from '@commet/node'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client } = world
after(() => world.close())

let made = 0
async function newPlan(given: Partial<CreatePlanParams> = {}): Promise<Plan> {
  const { data } = await client.plans.create({ name: 'Pro', code: `plan_${++made}`, ...given })
  assert(data)
  return data
}

async function newFeature(type: 'boolean' | 'usage' | 'seats' | 'quota' = 'usage'): Promise<string> {
  const { data } = await client.features.create({ name: 'Feature', code: `feature_${++made}`, type })
  assert(data)
  return data.code
}

/** A 422 about exactly these fields. */
const wrong =
  (...fields: string[]) =>
  (error: unknown) => {
    assert(error instanceof CommetValidationError, String(error))
    assert.deepEqual(Object.keys(error.validationErrors), fields)
    return true
  }

test('Plans.create', async () => {
  const answer = await world.request('POST', '/api/v1/plans/manage', {
    body: { name: 'Pro', code: 'pro', description: 'For teams', metadata: { tier: 2 }, consumptionModel: 'metered' },
  })
  assert.equal(answer.status, 201)
  const { id, createdAt, updatedAt, ...rest } = answer.body.data
  assert.match(id, /^pln_[0-9a-z]{26}$/)
  assert.equal(updatedAt, createdAt)
  assert.deepEqual(rest, {
    name: 'Pro',
    code: 'pro',
    description: 'For teams',
    consumptionModel: 'metered',
    isPublic: true,
    isDefault: false,
    isFree: false,
    blockOnExhaustion: false,
    sortOrder: 0,
    planGroupId: null,
    metadata: { tier: 2 },
    features: [],
    prices: [],
    object: 'plan',
    livemode: false,
  })
  assert.deepEqual(Object.keys(answer.body.data), [
    'id',
    'name',
    'code',
    'description',
    'consumptionModel',
    'isPublic',
    'isDefault',
    'isFree',
    'blockOnExhaustion',
    'sortOrder',
    'planGroupId',
    'metadata',
    'createdAt',
    'updatedAt',
    'features',
    'prices',
    'object',
    'livemode',
  ])
})

test('Plans.create: refuses a code that is taken and what does not fit together', async () => {
  const { code } = await newPlan()
  await assert.rejects(newPlan({ code }), { code: 'duplicate', statusCode: 409 })
  await assert.rejects(newPlan({ planGroupId: 'pgr_unknown' }), { code: 'plan_group_not_found', statusCode: 404 })
  await assert.rejects(newPlan({ blockOnExhaustion: true }), wrong('blockOnExhaustion'))
  const blocking = await newPlan({ blockOnExhaustion: true, consumptionModel: 'balance' })
  assert.equal(blocking.blockOnExhaustion, true)
})

test('Plans.create: one plan of the organisation is the default', async () => {
  const create = (code: string) =>
    world.request('POST', '/api/v1/plans/manage', { body: { name: 'Default', code, isDefault: true } })
  const first = await create('default_1')
  assert.equal(first.body.data.isDefault, true)
  await create('default_2')
  assert.equal((await client.plans.get({ id: 'default_1' })).data?.isDefault, false)
  assert.equal((await client.plans.get({ id: 'default_2' })).data?.isDefault, true)
})

test('Plans.get', async () => {
  const plan = await newPlan({ isPublic: false })
  assert.deepEqual((await client.plans.get({ id: plan.id })).data, plan)
  assert.deepEqual((await client.plans.get({ id: plan.code })).data, plan)
  await assert.rejects(client.plans.get({ id: 'nowhere' }), { code: 'plan_not_found', statusCode: 404 })
  await assert.rejects(world.liveClient.plans.get({ id: plan.id }), { code: 'plan_not_found', statusCode: 404 })
})

test('Plans.get: shows features and prices in the published form', async () => {
  const plan = await newPlan()
  const calls = await newFeature()
  const sso = await newFeature('boolean')
  await client.plans.addFeature({
    id: plan.id,
    featureId: calls,
    includedAmount: 1_000.5,
    overage: { enabled: true, unitPrice: 200 },
  })
  await client.plans.addFeature({ id: plan.id, featureId: sso })
  const { data: price } = await client.plans.addPrice({ id: plan.id, billingInterval: 'monthly', price: 2_900 })
  const { data } = await client.plans.get({ id: plan.code })
  assert(data?.features && data.prices)
  const [first, second] = data.features
  assert.equal(first?.code, calls)
  assert.equal(first?.includedAmount, 1_000.5)
  assert.deepEqual(first?.overage, { enabled: true, model: 'per_unit', unitPrice: 200 })
  assert.equal(second?.code, sso)
  assert.equal(second?.includedAmount, null)
  assert.equal(second?.overage, null)
  assert.deepEqual(data.prices, [
    {
      billingInterval: 'monthly',
      price: 2_900,
      isDefault: true,
      trialDays: 0,
      includedBalance: null,
      includedCredits: null,
      introOffer: null,
      id: price?.id,
    },
  ])
})

test('Plans.list', async () => {
  const { data: group } = await client.planGroups.create({ name: 'Listed' })
  assert(group)
  const alone = await newPlan()
  const higher = await newPlan()
  const lower = await newPlan()
  const hidden = await newPlan({ isPublic: false })
  await client.planGroups.addPlan({ id: group.id, planId: higher.id, sortOrder: 2 })
  await client.planGroups.addPlan({ id: group.id, planId: lower.id, sortOrder: 1 })
  const mine = new Set([alone.id, higher.id, lower.id, hidden.id])
  const idsOf = (plans: Plan[] | undefined) => plans?.map(({ id }) => id).filter((id) => mine.has(id))
  const publicOnes = await client.plans.list()
  assert.deepEqual(idsOf(publicOnes.data), [lower.id, higher.id, alone.id])
  assert.equal(publicOnes.hasMore, false)
  const all = await client.plans.list({ includePrivate: 'true' })
  assert.deepEqual(idsOf(all.data), [lower.id, higher.id, alone.id, hidden.id])
  assert.deepEqual((await client.plans.list({ includePrivate: 'false' })).data, publicOnes.data)
  const unclear = await world.request('GET', '/api/v1/plans?includePrivate=yes')
  assert.equal(unclear.status, 422)
})

test('Plans.update', async () => {
  const plan = await newPlan({ description: 'Old', metadata: { a: 1, b: 2 } })
  const { data } = await client.plans.update({
    id: plan.code,
    name: 'Team',
    description: null,
    metadata: { c: 3 },
    isPublic: false,
  })
  assert.equal(data?.name, 'Team')
  assert.equal(data?.description, null)
  assert.deepEqual(data?.metadata, { c: 3 })
  assert.equal(data?.isPublic, false)
  const other = { id: plan.id, consumptionModel: 'credits', isFree: true, code: 'other' }
  const { data: same } = await client.plans.update(other)
  assert.equal(same?.consumptionModel, 'metered')
  assert.equal(same?.isFree, false)
  assert.equal(same?.code, plan.code)
  await assert.rejects(client.plans.update({ id: 'nowhere', name: 'X' }), { code: 'plan_not_found' })
})

test('Plans.delete', async () => {
  const plan = await newPlan()
  const { data } = await client.plans.delete({ id: plan.code })
  assert.deepEqual(data, { id: plan.id, deleted: true, object: 'plan', livemode: false })
  await assert.rejects(client.plans.get({ id: plan.id }), { code: 'plan_not_found', statusCode: 404 })
  await assert.rejects(client.plans.delete({ id: plan.id }), { code: 'plan_not_found' })
  const { data: listed } = await client.plans.list({ includePrivate: 'true' })
  assert.equal(
    listed?.some(({ id }) => id === plan.id),
    false,
  )
  assert.notEqual((await newPlan({ code: plan.code })).id, plan.id)
})

test('Plans.setVisibility', async () => {
  const plan = await newPlan()
  const { data } = await client.plans.setVisibility({ id: plan.id, isPublic: false })
  assert.deepEqual(data, { id: plan.id, isPublic: false, object: 'plan', livemode: false })
  assert.equal((await client.plans.get({ id: plan.id })).data?.isPublic, false)
  await assert.rejects(client.plans.setVisibility({ id: 'nowhere', isPublic: true }), { code: 'plan_not_found' })
})

test('Plans.addFeature', async () => {
  const plan = await newPlan()
  const calls = await newFeature()
  const answer = await world.request('POST', `/api/v1/plans/${plan.code}/features`, {
    body: { featureId: calls, includedAmount: 10_000, overage: { enabled: true, unitPrice: 200 } },
  })
  assert.equal(answer.status, 201)
  const { featureId, ...rest } = answer.body.data
  assert.match(featureId, /^ftr_/)
  assert.deepEqual(rest, {
    planId: plan.id,
    enabled: true,
    includedAmount: 10_000,
    unlimited: false,
    overage: { enabled: true, unitPrice: 200 },
    creditsPerUnit: null,
    pricingMode: 'fixed',
    margin: null,
    object: 'plan',
    livemode: false,
  })
  const sso = await newFeature('boolean')
  const { data: plain } = await client.plans.addFeature({ id: plan.id, featureId: sso })
  assert.equal(plain?.enabled, true)
  assert.equal(plain?.includedAmount, 0)
  assert.deepEqual(plain?.overage, { enabled: false, unitPrice: 0 })
})

test('Plans.addFeature: refuses unknown, repeated and unfitting features', async () => {
  const metered = await newPlan()
  const calls = await newFeature()
  const add = (plan: Plan, given: Partial<AddPlanFeatureParams> = {}) =>
    client.plans.addFeature({ id: plan.id, featureId: calls, ...given })
  await assert.rejects(add(metered, { id: 'nowhere' }), { code: 'plan_not_found', statusCode: 404 })
  await assert.rejects(add(metered, { featureId: 'nowhere' }), { code: 'feature_not_found', statusCode: 404 })
  await add(metered)
  await assert.rejects(add(metered), { code: 'duplicate', statusCode: 409 })

  const free = await newPlan({ isFree: true })
  await assert.rejects(add(free, { overage: { enabled: true, unitPrice: 100 } }), wrong('overage.enabled'))
  const credits = await newPlan({ consumptionModel: 'credits' })
  await assert.rejects(add(credits), wrong('creditsPerUnit'))
  await assert.rejects(add(credits, { creditsPerUnit: 0 }), wrong('creditsPerUnit'))
  assert.equal((await add(credits, { creditsPerUnit: 3 })).data?.creditsPerUnit, 3)
  await assert.rejects(add(credits, { creditsPerUnit: 1, pricingMode: 'ai_model' }), wrong('pricingMode'))
  const balance = await newPlan({ consumptionModel: 'balance' })
  await assert.rejects(add(balance, { margin: 2_000 }), wrong('margin'))
  const { data } = await add(balance, { pricingMode: 'ai_model', margin: 2_000 })
  assert.equal(data?.pricingMode, 'ai_model')
  assert.equal(data?.margin, 2_000)
})

test('Plans.updateFeature', async () => {
  const plan = await newPlan()
  const calls = await newFeature()
  const names = { id: plan.id, featureId: calls }
  await client.plans.addFeature({ ...names, includedAmount: 100, overage: { enabled: true, unitPrice: 200 } })
  const { data } = await client.plans.updateFeature({ ...names, includedAmount: 0.000001, overage: { unitPrice: 150 } })
  assert.equal(data?.includedAmount, 0.000001)
  assert.deepEqual(data?.overage, { enabled: true, unitPrice: 150 })
  assert.equal(data?.enabled, true)
  const { data: off } = await client.plans.updateFeature({ ...names, overage: { enabled: false } })
  assert.deepEqual(off?.overage, { enabled: false, unitPrice: 150 })
  const { data: stored } = await client.plans.get({ id: plan.id })
  assert.deepEqual(stored?.features?.[0]?.overage, { enabled: false, model: null, unitPrice: 150 })
  const unknown = await newFeature()
  await assert.rejects(client.plans.updateFeature({ id: plan.id, featureId: unknown }), { code: 'feature_not_found' })
  await assert.rejects(client.plans.updateFeature({ ...names, includedAmount: -1 }), wrong('includedAmount'))
  await assert.rejects(client.plans.updateFeature({ ...names, creditsPerUnit: 2 }), wrong('creditsPerUnit'))
})

test('Plans.removeFeature', async () => {
  const plan = await newPlan()
  const { data: added } = await client.plans.addFeature({ id: plan.id, featureId: await newFeature() })
  assert(added)
  const names = { id: plan.code, featureId: added.featureId }
  const { data } = await client.plans.removeFeature(names)
  assert.deepEqual(data, { id: added.featureId, removed: true, object: 'plan', livemode: false })
  assert.deepEqual((await client.plans.get({ id: plan.id })).data?.features, [])
  await assert.rejects(client.plans.removeFeature(names), { code: 'feature_not_found', statusCode: 404 })
  assert.equal((await client.plans.addFeature(names)).data?.featureId, added.featureId)
})

test('Plans.addPrice', async () => {
  const plan = await newPlan({ consumptionModel: 'credits' })
  const answer = await world.request('POST', `/api/v1/plans/${plan.code}/prices`, {
    body: {
      billingInterval: 'yearly',
      price: 29_000,
      trialDays: 14,
      includedCredits: 500,
      introOffer: { enabled: true, discountType: 'percentage', discountValue: 5_000, durationCycles: 3 },
    },
  })
  assert.equal(answer.status, 201)
  const { id, createdAt, updatedAt, ...rest } = answer.body.data
  assert.match(id, /^prc_[0-9a-z]{26}$/)
  assert.equal(updatedAt, createdAt)
  assert.deepEqual(rest, {
    planId: plan.id,
    billingInterval: 'yearly',
    price: 29_000,
    isDefault: true,
    trialDays: 14,
    includedBalance: null,
    includedCredits: 500,
    introOffer: { enabled: true, discountType: 'percentage', discountValue: 5_000, durationCycles: 3 },
    object: 'plan',
    livemode: false,
  })
})

test('Plans.addPrice: the first price is the default until another one is', async () => {
  const { id } = await newPlan()
  const first = await client.plans.addPrice({ id, billingInterval: 'monthly', price: 2_900, isDefault: false })
  assert.equal(first.data?.isDefault, true)
  const second = await client.plans.addPrice({ id, billingInterval: 'quarterly', price: 7_900 })
  assert.equal(second.data?.isDefault, false)
  await client.plans.addPrice({ id, billingInterval: 'yearly', price: 29_000, isDefault: true })
  const { data } = await client.plans.get({ id })
  assert.deepEqual(
    data?.prices?.map(({ billingInterval, isDefault }) => [billingInterval, isDefault]),
    [
      ['monthly', false],
      ['quarterly', false],
      ['yearly', true],
    ],
  )
})

test('Plans.addPrice: refuses a second price per interval and what does not fit the plan', async () => {
  const { id } = await newPlan()
  await client.plans.addPrice({ id, billingInterval: 'monthly', price: 0 })
  const monthly = { id, billingInterval: 'monthly', price: 100 } as const
  await assert.rejects(client.plans.addPrice(monthly), { code: 'duplicate', statusCode: 409 })
  const yearly = { id, billingInterval: 'yearly', price: 100 } as const
  await assert.rejects(client.plans.addPrice({ ...yearly, price: -1 }), wrong('price'))
  await assert.rejects(client.plans.addPrice({ ...yearly, price: 9.5 }), wrong('price'))
  await assert.rejects(client.plans.addPrice({ ...yearly, trialDays: -1 }), wrong('trialDays'))
  await assert.rejects(client.plans.addPrice({ ...yearly, includedCredits: 5 }), wrong('includedCredits'))
  const noValue = { enabled: true, discountType: 'amount' } as const
  await assert.rejects(client.plans.addPrice({ ...yearly, introOffer: noValue }), wrong('introOffer.discountValue'))
  await assert.rejects(client.plans.addPrice({ ...yearly, id: 'nowhere' }), { code: 'plan_not_found' })

  const free = await newPlan({ isFree: true, consumptionModel: 'balance' })
  await assert.rejects(
    client.plans.addPrice({ id: free.id, billingInterval: 'yearly', price: 1, trialDays: 7 }),
    wrong('billingInterval', 'price', 'trialDays'),
  )
  const grant = { id: free.id, billingInterval: 'monthly', price: 0, includedBalance: 50_000 } as const
  assert.equal((await client.plans.addPrice(grant)).data?.includedBalance, 50_000)
})

test('Plans.updatePrice', async () => {
  const plan = await newPlan({ consumptionModel: 'balance' })
  const introOffer = { enabled: true, discountType: 'percentage', discountValue: 10_000, durationCycles: 1 } as const
  const { data: price } = await client.plans.addPrice({
    id: plan.id,
    billingInterval: 'monthly',
    price: 2_900,
    includedBalance: 100_000,
    introOffer,
  })
  assert(price)
  const names = { id: plan.id, priceId: price.id }
  const { data } = await client.plans.updatePrice({ ...names, price: 3_900, includedBalance: null, trialDays: 30 })
  assert.equal(data?.price, 3_900)
  assert.equal(data?.includedBalance, null)
  assert.equal(data?.trialDays, 30)
  assert.deepEqual(data?.introOffer, introOffer)
  const { data: off } = await client.plans.updatePrice({ ...names, introOffer: { enabled: false } })
  assert.deepEqual(off?.introOffer, { ...introOffer, enabled: false })
  const { data: endless } = await client.plans.updatePrice({ ...names, introOffer: { durationCycles: null } })
  assert.equal(endless?.introOffer?.durationCycles, null)
  await assert.rejects(client.plans.updatePrice({ ...names, isDefault: false }), wrong('isDefault'))
  await assert.rejects(client.plans.updatePrice({ id: plan.id, priceId: 'prc_unknown' }), {
    code: 'price_not_found',
    statusCode: 404,
  })
  const other = await newPlan()
  await assert.rejects(client.plans.updatePrice({ id: other.id, priceId: price.id }), { code: 'price_not_found' })
})

test('Plans.updatePrice: making a price the default unsets the old one', async () => {
  const { id } = await newPlan()
  await client.plans.addPrice({ id, billingInterval: 'monthly', price: 2_900 })
  const { data: yearly } = await client.plans.addPrice({ id, billingInterval: 'yearly', price: 29_000 })
  assert(yearly)
  const { data } = await client.plans.updatePrice({ id, priceId: yearly.id, isDefault: true })
  assert.equal(data?.isDefault, true)
  const { data: plan } = await client.plans.get({ id })
  assert.deepEqual(
    plan?.prices?.map((price) => price.isDefault),
    [false, true],
  )
})

test('Plans.setDefaultPrice', async () => {
  const { id } = await newPlan()
  const { data: monthly } = await client.plans.addPrice({ id, billingInterval: 'monthly', price: 2_900 })
  const { data: yearly } = await client.plans.addPrice({ id, billingInterval: 'yearly', price: 29_000 })
  assert(monthly && yearly)
  for (let times = 0; times < 2; times++) {
    const { data } = await client.plans.setDefaultPrice({ id, priceId: yearly.id })
    assert.deepEqual(data, { id: yearly.id, isDefault: true, object: 'plan', livemode: false })
  }
  const { data: plan } = await client.plans.get({ id })
  assert.deepEqual(
    plan?.prices?.map((price) => price.isDefault),
    [false, true],
  )
  await assert.rejects(client.plans.setDefaultPrice({ id, priceId: 'prc_unknown' }), { code: 'price_not_found' })
})

test('Plans.deletePrice', async () => {
  const { id } = await newPlan()
  const { data: monthly } = await client.plans.addPrice({ id, billingInterval: 'monthly', price: 2_900 })
  await client.plans.addPrice({ id, billingInterval: 'yearly', price: 29_000 })
  assert(monthly)
  const { data } = await client.plans.deletePrice({ id, priceId: monthly.id })
  assert.deepEqual(data, { id: monthly.id, deleted: true, object: 'plan', livemode: false })
  const { data: plan } = await client.plans.get({ id })
  assert.deepEqual(
    plan?.prices?.map(({ billingInterval, isDefault }) => [billingInterval, isDefault]),
    [['yearly', true]],
  )
  await assert.rejects(client.plans.deletePrice({ id, priceId: monthly.id }), { code: 'price_not_found' })
  const again = await client.plans.addPrice({ id, billingInterval: 'monthly', price: 1_900 })
  assert.equal(again.data?.isDefault, false)
})
