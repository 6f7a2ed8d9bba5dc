import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activate, deactivate, sell } from '../support/addon-stories.ts'
import { Story } from '../support/billing-stories.ts'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2030-06-01')
  await story.plan('pro', { price: 2900, features: { calls: { included: 10 } } })
})
after(() => story.close())

const told = async (customer: string, event: string) => {
  const found = (await story.told(customer)).filter(({ type }) => type === event)
  return found.map(({ data }) => data)
}

test('Addons.create', async () => {
  const { client } = story.world
  await client.features.create({ code: 'storage', name: 'Storage', type: 'usage' })
  const { data } = await client.addons.create({
    name: 'Extra storage',
    description: '100 GB more',
    basePrice: 1500,
    featureId: 'storage',
    consumptionModel: 'metered',
    includedUnits: 100,
    overageRate: 250,
  })
  assert(data)
  const { id, createdAt, updatedAt, ...rest } = data
  assert.match(id, /^adn_[0-9a-z]{26}$/)
  assert.equal(createdAt, updatedAt)
  assert.deepEqual(rest, {
    name: 'Extra storage',
    slug: 'extra-storage',
    description: '100 GB more',
    basePrice: 1500,
    consumptionModel: 'metered',
    featureCode: 'storage',
    featureName: 'Storage',
    includedUnits: 100,
    overageRate: 250,
    creditCost: null,
    object: 'addon',
    livemode: false,
  })
})

test('Addons.create: a feature has one add-on, a slug is unique, and what does not fit is named', async () => {
  const { client } = story.world
  const body = { name: 'Other', basePrice: 100, featureId: 'storage', consumptionModel: 'metered' } as const
  await assert.rejects(client.addons.create(body), { code: 'feature_already_exists', statusCode: 409 })
  await assert.rejects(client.addons.create({ ...body, featureId: 'nothing' }), { code: 'feature_not_found' })
  await client.features.create({ code: 'more_storage', name: 'More storage', type: 'usage' })
  const second = await client.addons.create({ ...body, name: 'Extra Storage!', featureId: 'more_storage' })
  assert.equal(second.data?.slug, 'extra-storage-2')
  await client.features.create({ code: 'renders', name: 'Renders', type: 'usage' })
  const wrong = await story.world.request('POST', '/api/v1/addons', {
    body: { ...body, featureId: 'renders', consumptionModel: 'credits', overageRate: 5 },
  })
  assert.equal(wrong.status, 422)
  assert.deepEqual(
    wrong.body.error.details.map(({ field }: { field: string }) => field),
    ['creditCost', 'overageRate'],
  )
})

test('Addons.get', async () => {
  const { client } = story.world
  const { data } = await client.addons.get({ id: 'extra-storage' })
  assert.deepEqual((await client.addons.get({ id: data?.id ?? '' })).data, data)
  await assert.rejects(client.addons.get({ id: 'nothing' }), { code: 'addon_not_found', statusCode: 404 })
})

test('Addons.list', async () => {
  const { client } = story.world
  const first = await client.addons.list({ limit: 1 })
  assert.deepEqual(
    first.data?.map(({ slug }) => slug),
    ['extra-storage-2'],
  )
  assert.equal(first.hasMore, true)
  const second = await client.addons.list({ limit: 1, cursor: first.nextCursor ?? '' })
  assert.deepEqual(
    second.data?.map(({ slug }) => slug),
    ['extra-storage'],
  )
})

test('Addons.update', async () => {
  const { client } = story.world
  const { data } = await client.addons.update({
    id: 'extra-storage',
    name: 'Much storage',
    basePrice: 1800,
    includedUnits: 120,
  })
  assert.deepEqual(
    [data?.name, data?.slug, data?.basePrice, data?.includedUnits, data?.overageRate],
    ['Much storage', 'extra-storage', 1800, 120, 250],
  )
  await sell(story.world, { feature: 'priority' })
  await assert.rejects(client.addons.update({ id: 'priority', includedUnits: 5 }), { name: 'CommetValidationError' })
})

test('Addons.delete', async () => {
  const { client } = story.world
  await sell(story.world, { feature: 'audits' })
  await story.join('eve', 'pro')
  await activate(story, 'eve', 'audits')
  await assert.rejects(client.addons.delete({ id: 'audits' }), { code: 'addon_has_activations', statusCode: 409 })
  await assert.rejects(client.features.delete({ code: 'audits' }), { code: 'feature_in_use', statusCode: 409 })
  await deactivate(story, 'eve', 'audits')
  const { data } = await client.addons.delete({ id: 'audits' })
  assert.deepEqual([data?.deleted, data?.object], [true, 'addon'])
  await assert.rejects(client.addons.get({ id: 'audits' }), { code: 'addon_not_found' })
  await client.features.delete({ code: 'audits' })
})

test('Addons.listActive', async () => {
  const { client } = story.world
  await story.join('ida', 'pro')
  assert.deepEqual((await client.addons.listActive({ customerId: 'ida' })).data, [])
  await activate(story, 'ida', 'priority')
  const { data } = await client.addons.listActive({ customerId: 'ida' })
  assert.deepEqual(data, [
    {
      slug: 'priority',
      name: 'priority',
      basePrice: 1000,
      featureCode: 'priority',
      featureName: 'priority',
      featureType: 'boolean',
      consumptionModel: 'boolean',
      activatedAt: '2030-06-01T12:00:00.000Z',
      object: 'addon',
      livemode: false,
    },
  ])
  await assert.rejects(client.addons.listActive({ customerId: 'nobody' }), { code: 'customer_not_found' })
})

test('Subscriptions.activateAddon', async () => {
  const { client } = story.world
  await story.join('bob', 'pro')
  await story.goTo('2030-06-11')
  const { id } = await story.subscription('bob')
  const addon = (await client.addons.get({ id: 'priority' })).data
  const { data } = await client.subscriptions.activateAddon({ id, addonId: 'priority' })
  // 20 of 30 days of $10.00.
  assert.deepEqual(data, {
    addonId: addon?.id,
    status: 'active',
    proratedCharge: 667,
    object: 'subscription',
    livemode: false,
  })
  assert.deepEqual(await told('bob', 'addon.activated'), [
    {
      subscriptionId: id,
      customerId: 'bob',
      addon: { id: addon?.id, name: 'priority' },
      featureCode: 'priority',
      proratedPrice: 66_700,
      currency: 'usd',
    },
  ])
  await assert.rejects(client.subscriptions.activateAddon({ id, addonId: addon?.id ?? '' }), {
    code: 'addon_already_active',
    statusCode: 409,
  })
})

test('Subscriptions.activateAddon: refusals, and nothing is charged for them', async () => {
  const { client } = story.world
  await story.join('joan', 'pro')
  const before = await story.booked()
  const { id } = await story.subscription('joan')
  const refused = (addonId: string, code: string, statusCode: number) =>
    assert.rejects(client.subscriptions.activateAddon({ id, addonId }), { code, statusCode })
  await refused('nothing', 'addon_not_found', 404)
  await sell(story.world, { feature: 'tasks', type: 'usage', model: 'credits', creditCost: 2 })
  await assert.rejects(client.subscriptions.activateAddon({ id, addonId: 'tasks' }), { name: 'CommetValidationError' })
  await client.addons.create({ name: 'Calls', basePrice: 100, featureId: 'calls', consumptionModel: 'metered' })
  await refused('calls', 'duplicate', 409)
  await assert.rejects(client.subscriptions.activateAddon({ id: 'sub_nothing', addonId: 'priority' }), {
    code: 'subscription_not_found',
  })
  await story.customer('tim')
  const waiting = await story.subscribe('tim', 'pro')
  await assert.rejects(client.subscriptions.activateAddon({ id: waiting.id, addonId: 'priority' }), {
    code: 'subscription_not_active',
    statusCode: 409,
  })
  assert.deepEqual(await story.booked(), before)
})

test('Subscriptions.deactivateAddon', async () => {
  const { client } = story.world
  const { id } = await story.subscription('bob')
  const addon = (await client.addons.get({ id: 'priority' })).data
  const { data } = await client.subscriptions.deactivateAddon({ id, addonId: 'priority' })
  assert.deepEqual(data, {
    id: addon?.id,
    status: 'inactive',
    deactivatedAt: '2030-06-11T12:00:00.000Z',
    object: 'subscription',
    livemode: false,
  })
  assert.deepEqual(await told('bob', 'addon.deactivated'), [
    { subscriptionId: id, customerId: 'bob', addon: { id: addon?.id, name: 'priority' }, featureCode: 'priority' },
  ])
  await assert.rejects(client.subscriptions.deactivateAddon({ id, addonId: 'priority' }), {
    code: 'addon_not_active',
    statusCode: 400,
  })
})

test('an add-on that draws on credits beside a credits plan', async () => {
  const plan = await fundedPlan(story.world, {
    model: 'credits',
    feature: 'images',
    creditsPerUnit: 5,
    includedCredits: 100,
  })
  const customer = await fundedCustomer(story.world, plan)
  const { client } = story.world
  await client.subscriptions.activateAddon({ id: customer.subscriptionId, addonId: 'tasks' })
  await client.usage.track({ customerId: customer.externalId, feature: 'tasks', value: 10 })
  await client.usage.track({ customerId: customer.externalId, feature: 'images', value: 1 })
  const { data } = await client.subscriptions.get({ id: customer.subscriptionId })
  assert.equal(data?.credits?.remaining, 75)
  const { data: check } = await client.usage.check({
    customerId: customer.externalId,
    featureCode: 'tasks',
    quantity: 38,
  })
  assert.equal(check?.allowed, false)
})

test('an add-on that draws on a balance beside a balance plan', async () => {
  const plan = await fundedPlan(story.world, {
    model: 'balance',
    feature: 'sms',
    unitPrice: 250,
    includedBalance: 50_000,
  })
  const customer = await fundedCustomer(story.world, plan)
  const { client } = story.world
  await sell(story.world, { feature: 'voice', type: 'usage', model: 'balance', beyond: 1_000 })
  await client.subscriptions.activateAddon({ id: customer.subscriptionId, addonId: 'voice' })
  await client.usage.track({ customerId: customer.externalId, feature: 'voice', value: 20 })
  const { data } = await client.subscriptions.get({ id: customer.subscriptionId })
  assert.equal(data?.balance?.remaining, 30_000)
})
