import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { eventsOf, fundedCustomer, fundedPlan, passDays, potsOf } from '../support/ledger-stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const show = async (id: string) => {
  const { data } = await world.client.subscriptions.get({ id })
  assert(data)
  return data
}

test('a month of credits: granted when paid, used, what is left expires, granted anew; purchased credits stay', async () => {
  const plan = await fundedPlan(world, {
    model: 'credits',
    feature: 'renders',
    creditsPerUnit: 3,
    includedCredits: 100,
  })
  const customer = await fundedCustomer(world, plan)
  assert.deepEqual((await show(customer.subscriptionId)).credits, { remaining: 100, included: 100, purchased: 0 })
  await world.client.subscriptions.adjustBalance({ id: customer.subscriptionId, amount: 20, reason: 'welcome' })
  await world.client.usage.track({ feature: 'renders', customerId: customer.id, value: 10 })
  assert.deepEqual((await show(customer.subscriptionId)).credits, { remaining: 90, included: 100, purchased: 20 })
  await passDays(world, 32)
  assert.deepEqual((await show(customer.subscriptionId)).credits, { remaining: 120, included: 100, purchased: 20 })
  assert.deepEqual(await eventsOf(world.db, world.orgId, 'credits'), [
    { type: 'credits.granted', credits: 100, reason: 'period_reset' },
    { type: 'credits.granted', credits: 20, reason: 'manual_adjustment' },
    { type: 'credits.expired', expiredCredits: 70 },
    { type: 'credits.granted', credits: 100, reason: 'period_reset' },
  ])
  const { kinds } = await potsOf(world.db, world.orgId, customer.subscriptionId)
  assert.deepEqual(kinds, ['grant', 'adjustment', 'consumption', 'expiry', 'reset'])
})

test('an overdraft of $1.50 is billed at the end of the window, and the balance starts anew', async () => {
  const plan = await fundedPlan(world, { model: 'balance', feature: 'calls', unitPrice: 500, includedBalance: 50_000 })
  const customer = await fundedCustomer(world, plan)
  await world.client.usage.track({ feature: 'calls', customerId: customer.id, value: 130 })
  assert.deepEqual((await show(customer.subscriptionId)).balance, {
    remaining: -15_000,
    included: 50_000,
    currency: 'usd',
  })
  await passDays(world, 32)
  assert.deepEqual((await show(customer.subscriptionId)).balance, {
    remaining: 50_000,
    included: 50_000,
    currency: 'usd',
  })
  const { data: invoices } = await world.client.invoices.list({ customerId: customer.id })
  const renewal = invoices?.[0]
  assert.equal(renewal?.total, 3050)
  const lines = await world.db
    .selectFrom('invoice_line')
    .select(['line_type', 'amount', 'unit_amount'])
    .where('org_id', '=', world.orgId)
    .where('invoice_id', '=', renewal.id)
    .orderBy('position')
    .execute()
  assert.deepEqual(lines, [
    { line_type: 'plan_base', amount: 2900n, unit_amount: 2900n },
    { line_type: 'balance_overage', amount: 150n, unit_amount: 15_000n },
  ])
  const { kinds } = await potsOf(world.db, world.orgId, customer.subscriptionId)
  assert.deepEqual(kinds, ['grant', 'consumption', 'overdraft_billed', 'reset'])
})

test('a plan that blocks refuses what the balance does not cover, and bills nothing for it', async () => {
  const plan = await fundedPlan(world, {
    model: 'balance',
    feature: 'minutes',
    unitPrice: 10_000,
    includedBalance: 30_000,
    blockOnExhaustion: true,
  })
  const customer = await fundedCustomer(world, plan)
  await world.client.usage.track({ feature: 'minutes', customerId: customer.id, value: 3 })
  await assert.rejects(world.client.usage.track({ feature: 'minutes', customerId: customer.id, value: 1 }), {
    code: 'insufficient_balance',
    statusCode: 402,
  })
  await passDays(world, 32)
  const { data: invoices } = await world.client.invoices.list({ customerId: customer.id })
  assert.equal(invoices?.[0]?.total, 2900)
  assert.deepEqual((await show(customer.subscriptionId)).balance?.remaining, 30_000)
})

test('a yearly plan is given its credits every month', async () => {
  const plan = await fundedPlan(world, {
    model: 'credits',
    feature: 'scans',
    creditsPerUnit: 1,
    includedCredits: 10,
    interval: 'yearly',
  })
  const customer = await fundedCustomer(world, plan)
  await world.client.usage.track({ feature: 'scans', customerId: customer.id, value: 10 })
  await passDays(world, 32)
  assert.equal((await show(customer.subscriptionId)).credits?.remaining, 10)
})

test('a free plan is given the credits of its price every month', async () => {
  const plan = await fundedPlan(world, {
    model: 'credits',
    feature: 'drafts',
    creditsPerUnit: 2,
    includedCredits: 9,
    isFree: true,
  })
  const customer = await fundedCustomer(world, plan)
  await world.client.usage.track({ feature: 'drafts', customerId: customer.id, value: 4 })
  await assert.rejects(world.client.usage.track({ feature: 'drafts', customerId: customer.id }), {
    code: 'insufficient_credits',
    statusCode: 402,
  })
  await passDays(world, 32)
  assert.equal((await show(customer.subscriptionId)).credits?.remaining, 9)
})

test('a trial of 45 days is given once, sells no overdraft, and the paid period starts anew', async () => {
  const plan = await fundedPlan(world, {
    model: 'balance',
    feature: 'messages',
    unitPrice: 10_000,
    includedBalance: 20_000,
    trialDays: 45,
  })
  const customer = await fundedCustomer(world, plan)
  await world.client.usage.track({ feature: 'messages', customerId: customer.id, value: 2 })
  await passDays(world, 35)
  await assert.rejects(world.client.usage.track({ feature: 'messages', customerId: customer.id }), {
    code: 'insufficient_balance',
  })
  await passDays(world, 11)
  assert.equal((await show(customer.subscriptionId)).status, 'active')
  assert.equal((await show(customer.subscriptionId)).balance?.remaining, 20_000)
  await world.client.usage.track({ feature: 'messages', customerId: customer.id, value: 3 })
  assert.equal((await show(customer.subscriptionId)).balance?.remaining, -10_000)
})

test('canceled: plan credits are gone, purchased ones are kept', async () => {
  const plan = await fundedPlan(world, { model: 'credits', feature: 'prints', creditsPerUnit: 1, includedCredits: 50 })
  const customer = await fundedCustomer(world, plan)
  await world.client.subscriptions.adjustBalance({ id: customer.subscriptionId, amount: 7 })
  await world.client.subscriptions.cancel({ id: customer.subscriptionId, immediate: true })
  const pots = await potsOf(world.db, world.orgId, customer.subscriptionId)
  assert.deepEqual([pots.plan_credits, pots.purchased_credits], [0n, 7n])
})

test('canceled at once with an overdraft: the final invoice bills it and the balance is zero', async () => {
  const plan = await fundedPlan(world, { model: 'balance', feature: 'jobs', unitPrice: 10_000, includedBalance: 0 })
  const customer = await fundedCustomer(world, plan)
  await world.client.usage.track({ feature: 'jobs', customerId: customer.id, value: 4 })
  await world.client.subscriptions.cancel({ id: customer.subscriptionId, immediate: true })
  const { data: invoices } = await world.client.invoices.list({ customerId: customer.id })
  assert.deepEqual([invoices?.[0]?.total, invoices?.[0]?.invoiceType], [400, 'overage'])
  assert.equal((await potsOf(world.db, world.orgId, customer.subscriptionId)).balance, 0n)
})
