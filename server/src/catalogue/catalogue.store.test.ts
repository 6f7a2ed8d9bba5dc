import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createFeature } from '#catalogue/actions/create-feature.ts'
import { deletePlan } from '#catalogue/actions/delete-plan.ts'
import { deletePrice } from '#catalogue/actions/delete-price.ts'
import { loadPlans } from '#catalogue/actions/load-plan.ts'
import { setDefaultPrice } from '#catalogue/actions/set-default-price.ts'
import { updatePlan } from '#catalogue/actions/update-plan.ts'
import { findFeature, findFeatureByCode, findFeaturesByCode } from '#catalogue/features.store.ts'
import { findPlan, findPlansById, listPlans } from '#catalogue/plans.store.ts'
import { defaultPrice, findPrice, findPriceByInterval, holdPrice, listPrices } from '#catalogue/prices.store.ts'
import { inTransaction } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { newFeature, newPlan, newPlanFeature, newPrice } from '../../test/support/catalogue.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'

const database = await cloneDatabase()
const { db } = database
after(() => database.drop())

const { sandbox: org, live } = await newOrganisation(db)
const context = contextAt(org)

test('of prices added at once the first is the default and the only one', async () => {
  const plan = await newPlan(db, context)
  const intervals = ['weekly', 'monthly', 'quarterly', 'yearly', 'one_time'] as const
  await Promise.all(intervals.map((billingInterval) => newPrice(db, context, plan, { billingInterval })))
  const prices = (await listPrices(db, org.id, [plan.id])).get(plan.id) ?? []
  assert.equal(prices.length, 5)
  assert.equal(prices.filter(({ isDefault }) => isDefault).length, 1)
})

test('of two prices for one interval added at once one is refused as duplicate', async () => {
  const plan = await newPlan(db, context)
  const outcomes = await Promise.allSettled([newPrice(db, context, plan), newPrice(db, context, plan)])
  const refusals = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.deepEqual(
    refusals.map(({ reason }) => reason.code),
    ['duplicate'],
  )
})

test('two prices made default at once leave one default', async () => {
  const plan = await newPlan(db, context)
  await newPrice(db, context, plan, { billingInterval: 'weekly' })
  const monthly = await newPrice(db, context, plan, { billingInterval: 'monthly' })
  const yearly = await newPrice(db, context, plan, { billingInterval: 'yearly' })
  const make = (priceId: string) => inTransaction(db, (tx) => setDefaultPrice(tx, context, { plan: plan.id, priceId }))
  await Promise.all([monthly, yearly, monthly, yearly].map(({ id }) => make(id)))
  const prices = (await listPrices(db, org.id, [plan.id])).get(plan.id) ?? []
  assert.equal(prices.filter(({ isDefault }) => isDefault).length, 1)
})

test('two plans made default at once leave one default', async () => {
  const plans = [
    await newPlan(db, context),
    await newPlan(db, context, { isDefault: true }),
    await newPlan(db, context),
  ]
  const make = (plan: string) =>
    inTransaction(db, (tx) => updatePlan(tx, context, { plan, changes: { isDefault: true } }))
  await Promise.all(plans.map(({ id }) => make(id)))
  const stored = await findPlansById(
    db,
    org.id,
    plans.map(({ id }) => id),
  )
  assert.equal([...stored.values()].filter(({ isDefault }) => isDefault).length, 1)
})

test('two features with one code created at once: one is refused as duplicate', async () => {
  const create = () => newFeature(db, context, { code: 'raced' })
  const outcomes = await Promise.allSettled([create(), create(), create()])
  const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  assert.deepEqual(codes, ['duplicate', 'duplicate'])
})

test('a price that is held for a new subscription cannot be deleted meanwhile', async () => {
  const plan = await newPlan(db, context)
  const price = await newPrice(db, context, plan)
  const order: string[] = []
  let deletion: Promise<unknown> | undefined
  await db.transaction().execute(async (tx) => {
    assert.equal((await holdPrice(tx, org.id, plan.id, price.id))?.id, price.id)
    deletion = inTransaction(db, (other) => deletePrice(other, context, { plan: plan.id, priceId: price.id })).then(
      () => order.push('deleted'),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    order.push('released')
  })
  await deletion
  assert.deepEqual(order, ['released', 'deleted'])
  const held = await inTransaction(db, (tx) => holdPrice(tx, org.id, plan.id, price.id))
  assert.equal(held, undefined)
})

test('a price is in use while a subscription that is not canceled pays it', async () => {
  const plan = await newPlan(db, context)
  const price = await newPrice(db, context, plan)
  const customer = { org_id: org.id, id: newId('cus') }
  const stamps = { created_at: noon, updated_at: noon }
  await db
    .insertInto('customer')
    .values({ ...customer, email: 'ada@example.com', ...stamps })
    .execute()
  const subscription = {
    org_id: org.id,
    id: newId('sub'),
    customer_id: customer.id,
    plan_id: plan.id,
    price_id: price.id,
  }
  await db
    .insertInto('subscription')
    .values({ ...subscription, name: 'Pro', status: 'pending_payment', currency: 'usd', start_date: noon, ...stamps })
    .execute()
  const remove = () => inTransaction(db, (tx) => deletePrice(tx, context, { plan: plan.id, priceId: price.id }))
  await assert.rejects(remove(), { code: 'price_in_use', status: 409 })
  await db.updateTable('subscription').set({ status: 'canceled' }).where('id', '=', subscription.id).execute()
  assert.equal((await remove()).id, price.id)
})

test('every change of the catalogue moves the version of its side', async () => {
  const before = await findOrg(db, org.id)
  await inTransaction(db, (tx) =>
    createFeature(tx, context, { code: 'versioned', name: 'V', type: 'usage', description: null, unitName: null }),
  )
  const afterwards = await findOrg(db, org.id)
  assert.equal((afterwards?.version ?? 0n) - (before?.version ?? 0n), 1n)
})

test('plans, prices and features are found by id and code in their own organisation only', async () => {
  const plan = await newPlan(db, context, { code: 'findable', isPublic: false })
  const price = await newPrice(db, context, plan, { billingInterval: 'yearly' })
  const feature = await newFeature(db, context, { code: 'findable_feature' })
  for (const name of [plan.id, plan.code]) assert.equal((await findPlan(db, org.id, name))?.id, plan.id)
  for (const name of [feature.id, feature.code]) assert.equal((await findFeature(db, org.id, name))?.id, feature.id)
  assert.equal((await findFeatureByCode(db, org.id, feature.code))?.id, feature.id)
  assert.deepEqual([...(await findFeaturesByCode(db, org.id, [feature.code, 'unknown'])).keys()], [feature.code])
  assert.equal((await findPrice(db, org.id, plan.id, price.id))?.id, price.id)
  assert.equal((await findPriceByInterval(db, org.id, plan.id, 'yearly'))?.id, price.id)
  assert.equal((await defaultPrice(db, org.id, plan.id))?.id, price.id)
  assert.equal(await findPlan(db, live.id, plan.id), undefined)
  assert.equal(await findPlan(db, live.id, plan.code), undefined)
  assert.equal(await findFeature(db, live.id, feature.id), undefined)
  assert.equal(await findPrice(db, live.id, plan.id, price.id), undefined)
})

test('a deleted plan is found by id alone, and only where it is asked for; its code is free', async () => {
  const plan = await newPlan(db, context, { code: 'reborn' })
  await inTransaction(db, (tx) => deletePlan(tx, context, { plan: plan.code }))
  assert.equal(await findPlan(db, org.id, plan.id), undefined)
  assert.equal((await findPlan(db, org.id, plan.id, { deleted: true }))?.id, plan.id)
  assert.equal(await findPlan(db, org.id, plan.code, { deleted: true }), undefined)
  const successor = await newPlan(db, context, { code: 'reborn' })
  assert.equal((await findPlan(db, org.id, 'reborn'))?.id, successor.id)
})

test('a list of plans continues after any of them, in the order of the whole list', async () => {
  const all = await listPlans(db, org.id, { includePrivate: true, limit: 1_000 })
  const walked: string[] = []
  for (;;) {
    const after = walked.at(-1)
    const page = await listPlans(db, org.id, { includePrivate: true, limit: 3, after })
    if (page.length === 0) break
    walked.push(...page.map(({ id }) => id))
  }
  assert.deepEqual(
    walked,
    all.map(({ id }) => id),
  )
})

test('plans come with their own features and prices, in the order these were added', async () => {
  const calls = await newFeature(db, context, { code: 'a_calls' })
  const seats = await newFeature(db, context, { code: 'a_seats', type: 'seats' })
  const first = await newPlan(db, context)
  const second = await newPlan(db, context)
  await newPlanFeature(db, context, first, seats)
  await newPlanFeature(db, context, first, calls)
  await newPlanFeature(db, context, second, calls)
  await newPrice(db, context, second, { billingInterval: 'yearly' })
  await newPrice(db, context, second, { billingInterval: 'monthly' })
  const full = await loadPlans(db, org.id, [first, second])
  assert.deepEqual(
    full.map(({ features, prices }) => [features.map(({ code }) => code), prices.map((p) => p.billingInterval)]),
    [
      [['a_seats', 'a_calls'], []],
      [['a_calls'], ['yearly', 'monthly']],
    ],
  )
})
