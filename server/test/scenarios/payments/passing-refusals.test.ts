import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { withFaults } from '../../support/checkouts.ts'
import { fundedPlan } from '../../support/ledger-stories.ts'
import { ChangeStory } from '../../support/plan-changes.ts'

/**
 * "Not now" is no answer to keep: whoever repeats a request with its Idempotency-Key once the charge has settled is told how
 * it went, and is charged once.
 */
let story: ChangeStory
before(async () => {
  story = await ChangeStory.on('2041-06-01')
  await story.group(await story.plan('pro', { price: 2900 }), await story.plan('business', { price: 9900 }))
})
after(() => story.close())

const silence = { refuseConnection: true }
const notNow = { code: 'charge_in_progress', statusCode: 409 }
const gone = (subscription: string, purpose: string) =>
  story.world.database.pool.query(
    `select amount::int, state from simulated_processor.charge
     where metadata->>'subscription' = $1 and metadata->>'purpose' = $2`,
    [subscription, purpose],
  )

test('a change of plan whose charge nobody answered is carried out by the same request', async () => {
  const { world } = story
  const id = await story.join('ada', 'pro')
  const change = () =>
    world.client.subscriptions.changePlan({ id, newPlanId: 'business' }, { idempotencyKey: 'change' })
  await withFaults(world, silence, () => assert.rejects(change(), notNow))
  const { data } = await change()
  assert.ok(data && 'billing' in data)
  assert.equal(data.billing?.totalCharged, 7000)
  assert.deepEqual((await change()).data, data)
  assert.deepEqual((await gone(id, 'plan_change')).rows, [{ amount: 7000, state: 'succeeded' }])
  assert.equal((await story.subscription('ada')).plan.name, 'business')
})

test('a change that meets another one’s charge goes its own way with the same key once that has settled', async () => {
  const { world } = story
  const id = await story.join('bea', 'pro')
  const change = (idempotencyKey: string) =>
    world.client.subscriptions.changePlan({ id, newPlanId: 'business' }, { idempotencyKey })
  await withFaults(world, silence, async () => {
    await assert.rejects(change('first'), notNow)
    await assert.rejects(change('second'), notNow)
  })
  await change('first')
  await assert.rejects(change('second'), { code: 'no_change_requested', statusCode: 400 })
  // That one is an answer, and kept.
  await assert.rejects(change('second'), { code: 'no_change_requested', statusCode: 400 })
  assert.equal((await gone(id, 'plan_change')).rows.length, 1)
})

test('a purchase of credits whose charge nobody answered is added by the same request, once', async () => {
  const { world } = story
  const { client } = world
  const plan = await fundedPlan(world, { model: 'credits', feature: 'renders', creditsPerUnit: 1, includedCredits: 10 })
  const { data: known } = await client.plans.get({ id: plan.id })
  const id = await story.join('eve', known?.code ?? '')
  const { data: pack } = await client.creditPacks.create({ name: 'Hundred', credits: 100, price: 1500 })
  assert(pack)
  const buy = () => client.subscriptions.purchaseCredits({ id, creditPackId: pack.id }, { idempotencyKey: 'buy' })
  await withFaults(world, silence, () => assert.rejects(buy(), notNow))
  await buy()
  await buy()
  assert.equal((await client.subscriptions.get({ id })).data?.credits?.purchased, 100)
  assert.deepEqual((await gone(id, 'credit_purchase')).rows, [{ amount: 1500, state: 'succeeded' }])
})

test('an activation and a charge of a stored card: the same', async () => {
  const { world } = story
  const { client } = world
  const id = await story.join('cleo', 'pro')
  await client.features.create({ code: 'sso', name: 'SSO', type: 'boolean' })
  const { data: addon } = await client.addons.create({
    name: 'SSO',
    featureId: 'sso',
    consumptionModel: 'boolean',
    basePrice: 1000,
  })
  assert(addon)
  const activate = () => client.subscriptions.activateAddon({ id, addonId: addon.id }, { idempotencyKey: 'activate' })
  await withFaults(world, silence, () => assert.rejects(activate(), notNow))
  await activate()
  await activate()
  assert.deepEqual((await gone(id, 'addon_activation')).rows, [{ amount: 1000, state: 'succeeded' }])
  const charge = () =>
    client.payments.charge(
      { customerId: 'cleo', amount: 700, currency: 'usd', description: 'Setup' },
      { idempotencyKey: 'charge' },
    )
  await withFaults(world, silence, () => assert.rejects(charge(), notNow))
  assert.equal((await charge()).data?.status, 'succeeded')
  await charge()
  const booked = (await story.booked()).filter((charge) => charge === 'succeeded 700')
  assert.deepEqual(booked, ['succeeded 700'])
})

test('a write that comes at the wrong moment keeps nothing either', async () => {
  const { world } = story
  const id = await story.join('dora', 'pro')
  const uncancel = (key: string) =>
    world.request('POST', `/api/v1/subscriptions/${id}/uncancel`, { headers: { 'idempotency-key': key } })
  await withFaults(world, silence, async () => {
    await assert.rejects(world.client.subscriptions.changePlan({ id, newPlanId: 'business' }), notNow)
    assert.equal((await uncancel('undo')).body.error.code, 'charge_in_progress')
  })
  await story.world.client.subscriptions.changePlan({ id, newPlanId: 'business' }).catch(() => undefined)
  const { rows } = await world.database.pool.query("select state from idempotency_key where key = 'undo'")
  assert.deepEqual(rows, [])
})
