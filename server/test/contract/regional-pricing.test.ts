import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CommetAPIError, CommetValidationError, type CreatePlanParams } from '@commet/node'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client } = world
after(() => world.close())

let made = 0

/** A plan for $29.00 a month with calls at $0.02 beyond 1,000; more or less of it as a test needs. */
async function newPlan(given: Partial<CreatePlanParams> & { price?: number; includedBalance?: number } = {}) {
  const { price = 2900, includedBalance, ...settings } = given
  const code = `regional_${++made}`
  const plan = await client.plans.create({ name: 'Pro', code, ...settings })
  const feature = await client.features.create({ name: 'Calls', code: `calls_${made}`, type: 'usage' })
  assert(plan.data && feature.data)
  await client.plans.addFeature({
    id: plan.data.id,
    featureId: feature.data.code,
    includedAmount: settings.consumptionModel === 'balance' ? 0 : 1000,
    overage: { enabled: true, unitPrice: 200 },
  })
  const added = await client.plans.addPrice({
    id: plan.data.id,
    billingInterval: 'monthly',
    price,
    ...(includedBalance === undefined ? {} : { includedBalance }),
  })
  assert(added.data)
  return { id: plan.data.id, code, priceId: added.data.id, feature: feature.data.code }
}

const shown = async (id: string) => {
  const { data } = await client.plans.get({ id })
  assert(data)
  return data
}

/** Regional values of the plan's first price and feature, without the fields that are ours. */
async function regional(id: string) {
  const { prices, features, exchangeRates } = await shown(id)
  return {
    prices: prices?.[0]?.regionalPrices?.map(({ currency, price, includedBalance, autoSynced }) => ({
      currency,
      price,
      includedBalance,
      autoSynced,
    })),
    features: features?.[0]?.regionalPrices,
    exchangeRates,
  }
}

const wrong =
  (...fields: string[]) =>
  (error: unknown) => {
    assert(error instanceof CommetValidationError, String(error))
    assert.deepEqual(Object.keys(error.validationErrors), fields)
    return true
  }
const refused = (code: string, status: number) => (error: unknown) => {
  assert(error instanceof CommetAPIError, String(error))
  assert.deepEqual([error.code, error.statusCode], [code, status])
  return true
}

test('Plans.setRegionalPricing', async () => {
  const { id } = await newPlan()
  const { data } = await client.plans.setRegionalPricing({ id, currency: 'brl', exchangeRate: 5.4321 })
  assert.deepEqual(data, {
    planId: id,
    currency: 'brl',
    exchangeRate: 5.4321,
    pricesConfigured: 1,
    featuresConfigured: 1,
    object: 'plan',
    livemode: false,
  })
  // 29.00 × 5.4321 = 157.5309; 0.02 × 5.4321 = 0.108642.
  assert.deepEqual(await regional(id), {
    prices: [{ currency: 'brl', price: 15_753, includedBalance: null, autoSynced: true }],
    features: [{ currency: 'brl', overageUnitPrice: 1086, autoSynced: true }],
    exchangeRates: [{ currency: 'brl', exchangeRate: 5.4321 }],
  })
})

test('Plans.setRegionalPricing: a currency without decimals, and the balance of a balance plan', async () => {
  const { id } = await newPlan({ consumptionModel: 'balance', price: 2901, includedBalance: 100_000 })
  await client.plans.setRegionalPricing({ id, currency: 'jpy', exchangeRate: 150.5 })
  // 29.01 × 150.5 = 4366.005 yen; 10.00 × 150.5 = 1505.00 yen; 0.02 × 150.5 = 3.01 yen.
  assert.deepEqual(await regional(id), {
    prices: [{ currency: 'jpy', price: 4366, includedBalance: 15_050_000, autoSynced: true }],
    features: [{ currency: 'jpy', overageUnitPrice: 30_100, autoSynced: true }],
    exchangeRates: [{ currency: 'jpy', exchangeRate: 150.5 }],
  })
})

test('Plans.setRegionalPricing: derived values follow their dollars, those given by hand do not', async () => {
  const { id, priceId, feature } = await newPlan()
  await client.plans.setRegionalPricing({ id, currency: 'brl', exchangeRate: 5 })
  await client.plans.setRegionalPricing({
    id,
    currency: 'eur',
    exchangeRate: 0.9,
    prices: [{ priceId, price: 2700 }],
    features: [{ featureId: feature, overageUnitPrice: 150 }],
  })
  await client.plans.updatePrice({ id, priceId, price: 3900 })
  await client.plans.updateFeature({ id, featureId: feature, overage: { enabled: true, unitPrice: 300 } })
  const { prices, features } = await regional(id)
  assert.deepEqual(prices, [
    { currency: 'brl', price: 19_500, includedBalance: null, autoSynced: true },
    { currency: 'eur', price: 2700, includedBalance: null, autoSynced: false },
  ])
  assert.deepEqual(features, [
    { currency: 'brl', overageUnitPrice: 1500, autoSynced: true },
    { currency: 'eur', overageUnitPrice: 150, autoSynced: false },
  ])
  await client.plans.setRegionalPricing({ id, currency: 'eur', exchangeRate: 0.9 })
  const again = await regional(id)
  assert.deepEqual(again.prices?.[1], { currency: 'eur', price: 3510, includedBalance: null, autoSynced: true })
  assert.deepEqual(again.features?.[1], { currency: 'eur', overageUnitPrice: 270, autoSynced: true })
})

test('Plans.setRegionalPricing: an intro amount is derived, or given by hand', async () => {
  const { id, priceId } = await newPlan()
  const introOffer = { enabled: true, discountType: 'amount', discountValue: 1000, durationCycles: 3 } as const
  await client.plans.updatePrice({ id, priceId, introOffer })
  await client.plans.setRegionalPricing({ id, currency: 'brl', exchangeRate: 5 })
  const offers = [{ priceId, discountType: 'percentage', discountValue: 5000, durationCycles: 2 } as const]
  await client.plans.setRegionalPricing({ id, currency: 'eur', exchangeRate: 0.9, introOffers: offers })
  const { body } = await world.request('GET', `/api/v1/plans/${id}`)
  const [brl, eur] = body.data.prices[0].regionalPrices
  assert.deepEqual(brl.introOffer, { enabled: true, discountType: 'amount', discountValue: 5000, durationCycles: 3 })
  assert.deepEqual(eur.introOffer, {
    enabled: true,
    discountType: 'percentage',
    discountValue: 5000,
    durationCycles: 2,
  })
  assert.equal(eur.autoSynced, true)
})

test('Plans.setRegionalPricing: refuses what is no rate, no currency of ours, and what the plan does not have', async () => {
  const { id, priceId, feature } = await newPlan()
  const other = await newPlan()
  const set = (given: Record<string, unknown>) =>
    client.plans.setRegionalPricing({ id, currency: 'brl', exchangeRate: 5, ...given } as never)
  for (const exchangeRate of [0, -1, 1_000_001, 0.000_000_000_000_1, '5', undefined]) {
    await assert.rejects(set({ exchangeRate }), wrong('exchangeRate'), String(exchangeRate))
  }
  await assert.rejects(set({ currency: 'gbp' }), wrong('currency'))
  await assert.rejects(set({ prices: [{ priceId: other.priceId, price: 1 }] }), refused('price_not_found', 404))
  await assert.rejects(
    set({ features: [{ featureId: other.feature, overageUnitPrice: 1 }] }),
    refused('feature_not_found', 404),
  )
  const twice = [
    { priceId, price: 1 },
    { priceId, price: 2 },
  ]
  await assert.rejects(set({ prices: twice }), wrong('prices.1.priceId'))
  await assert.rejects(set({ prices: [{ priceId, price: 1, includedBalance: 5 }] }), wrong('prices.0.includedBalance'))
  const offer = { priceId, discountType: 'percentage', discountValue: 10_001, durationCycles: 1 }
  await assert.rejects(set({ introOffers: [offer] }), wrong('introOffers.0.discountValue'))
  await client.plans.updatePrice({ id, priceId, price: 9_000_000_000_000_000 })
  await assert.rejects(set({}), wrong('exchangeRate'))
  await client.plans.updatePrice({ id, priceId, price: 100 })
  await set({ currency: 'BRL' })
  await assert.rejects(client.plans.updatePrice({ id, priceId, price: 9_000_000_000_000_000 }), wrong('price'))
  const unitPrice = 9_000_000_000_000_000
  await assert.rejects(
    client.plans.updateFeature({ id, featureId: feature, overage: { enabled: true, unitPrice } }),
    wrong('overage.unitPrice'),
  )
})

test('Plans.setRegionalPrices', async () => {
  const { id, priceId } = await newPlan()
  await client.plans.setRegionalPricing({ id, currency: 'brl', exchangeRate: 5 })
  const { data } = await client.plans.setRegionalPrices({ id, priceId, overrides: [{ currency: 'BRL', price: 9990 }] })
  assert.deepEqual(data, { priceId, overrides: [{ currency: 'brl', price: 9990 }], object: 'plan', livemode: false })
  await client.plans.setRegionalPrices({ id, priceId, overrides: [{ currency: 'eur', price: 2490 }] })
  assert.deepEqual((await regional(id)).prices, [
    { currency: 'brl', price: 9990, includedBalance: null, autoSynced: false },
    { currency: 'eur', price: 2490, includedBalance: null, autoSynced: false },
  ])
  // Without a rate for euros, nothing says what a call costs in them.
  assert.deepEqual((await regional(id)).features, [
    { currency: 'brl', overageUnitPrice: 1000, autoSynced: true },
    { currency: 'eur', overageUnitPrice: null, autoSynced: false },
  ])
})

test('Plans.setRegionalPrices: refuses nothing, a currency twice, and a balance that nothing says', async () => {
  const { id, priceId } = await newPlan({ consumptionModel: 'balance', includedBalance: 100_000 })
  const set = (...overrides: { currency: string; price: number; includedBalance?: number }[]) =>
    client.plans.setRegionalPrices({ id, priceId, overrides })
  await assert.rejects(set(), wrong('overrides'))
  const euros = { currency: 'eur', price: 2490, includedBalance: 90_000 }
  await assert.rejects(set(euros, euros), wrong('overrides.1.currency'))
  await assert.rejects(set({ currency: 'eur', price: 2490 }), wrong('overrides.0.includedBalance'))
  await set(euros)
  await assert.rejects(
    client.plans.setRegionalPrices({ id, priceId: 'prc_unknown', overrides: [euros] }),
    refused('price_not_found', 404),
  )
})

test('Plans.deleteRegionalPrices', async () => {
  const { id, priceId } = await newPlan()
  await client.plans.setRegionalPricing({ id, currency: 'brl', exchangeRate: 5 })
  const overrides = [
    { currency: 'brl', price: 9990 },
    { currency: 'eur', price: 2490 },
  ]
  await client.plans.setRegionalPrices({ id, priceId, overrides })
  const { data } = await client.plans.deleteRegionalPrices({ id, priceId })
  assert.deepEqual(data, { deleted: true, object: 'plan', livemode: false })
  assert.deepEqual((await regional(id)).prices, [
    { currency: 'brl', price: 14_500, includedBalance: null, autoSynced: true },
  ])
})

test('the plans of a group support the same currencies: what is missing is named', async () => {
  const group = await client.planGroups.create({ name: `Regional ${++made}` })
  assert(group.data)
  const [first, second] = [await newPlan(), await newPlan()]
  const join = ({ id }: { id: string }) => client.planGroups.addPlan({ id: group.data?.id ?? '', planId: id })
  await client.plans.setRegionalPricing({ id: first.id, currency: 'brl', exchangeRate: 5 })
  await client.plans.setRegionalPricing({ id: first.id, currency: 'usd', exchangeRate: 1.2 })
  await join(first)
  const missing = (text: RegExp) => (error: unknown) => {
    assert(error instanceof CommetValidationError)
    assert.match(error.validationErrors.planId?.[0] ?? '', text)
    return true
  }
  await assert.rejects(join(second), missing(new RegExp(`the plan ${second.code} lacks brl\\.`)))
  await client.plans.setRegionalPricing({ id: second.id, currency: 'eur', exchangeRate: 0.9 })
  await assert.rejects(join(second), missing(/lacks brl, and the plans of the group lack eur/))
  await client.plans.setRegionalPricing({ id: first.id, currency: 'eur', exchangeRate: 0.9 })
  await client.plans.setRegionalPricing({ id: second.id, currency: 'brl', exchangeRate: 5 })
  await join(second)
  const free = await client.plans.create({ name: 'Free', code: `free_${++made}`, isFree: true })
  assert(free.data)
  await join(free.data)
})
