import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventsOf, type Funded, fundedCustomer, fundedPlan, potsOf } from '../support/ledger-stories.ts'
import { freePlan, subscribe } from '../support/usage-stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let onCredits: { id: string }
let onBalance: { id: string }
let blocking: { id: string }
before(async () => {
  world = await createWorld()
  onCredits = await fundedPlan(world, { model: 'credits', feature: 'tasks', creditsPerUnit: 2, includedCredits: 10 })
  onBalance = await fundedPlan(world, { model: 'balance', feature: 'sms', unitPrice: 250, includedBalance: 50_000 })
  blocking = await fundedPlan(world, {
    model: 'balance',
    feature: 'voice',
    unitPrice: 250,
    includedBalance: 1_000,
    blockOnExhaustion: true,
  })
})
after(() => world.close())

const pots = (customer: Funded) => potsOf(world.db, world.orgId, customer.subscriptionId)
const show = async (customer: Funded) => (await world.client.subscriptions.get({ id: customer.subscriptionId })).data

test('Usage.track: a credits plan', async () => {
  const customer = await fundedCustomer(world, onCredits)
  const { data } = await world.client.usage.track({ feature: 'tasks', customerId: customer.id, value: 1.5 })
  assert.equal(data?.feature, 'tasks')
  assert.equal((await show(customer))?.credits?.remaining, 7)
  await assert.rejects(world.client.usage.track({ feature: 'tasks', customerId: customer.id, value: 4 }), {
    code: 'insufficient_credits',
    statusCode: 402,
  })
  assert.equal((await show(customer))?.credits?.remaining, 7)
})

test('Usage.track: a balance plan goes below zero, one that blocks does not', async () => {
  const customer = await fundedCustomer(world, onBalance)
  await world.client.usage.track({ feature: 'sms', customerId: customer.id, value: 202 })
  assert.deepEqual((await show(customer))?.balance, { remaining: -500, included: 50_000, currency: 'usd' })
  const blocked = await fundedCustomer(world, blocking)
  await assert.rejects(world.client.usage.track({ feature: 'voice', customerId: blocked.id, value: 5 }), {
    code: 'insufficient_balance',
    statusCode: 402,
  })
})

test('Usage.check: a credits plan', async () => {
  const customer = await fundedCustomer(world, onCredits)
  const ask = async (quantity: number) =>
    (await world.client.usage.check({ customerId: customer.id, featureCode: 'tasks', quantity })).data
  const fields = { consumptionModel: 'credits', feature: 'tasks', featureCode: 'tasks', creditsPerUnit: 2 }
  const held = { planCredits: 10, purchasedCredits: 0, totalCredits: 10 }
  assert.deepEqual(await ask(5), { allowed: true, quantity: 5, estimatedCredits: 10, ...fields, ...held })
  assert.deepEqual(await ask(5.5), {
    allowed: false,
    quantity: 5.5,
    estimatedCredits: 11,
    ...fields,
    ...held,
    reason: 'insufficient_credits',
    message: 'This use of tasks costs 11 credits, and 10 are left.',
  })
})

test('Usage.check: a balance plan', async () => {
  const customer = await fundedCustomer(world, blocking)
  const { data } = await world.client.usage.check({ customerId: customer.id, featureCode: 'voice', quantity: 5 })
  assert.deepEqual(data, {
    allowed: false,
    consumptionModel: 'balance',
    feature: 'voice',
    featureCode: 'voice',
    quantity: 5,
    unitPrice: 250,
    estimatedAmount: 1250,
    currentBalance: 1000,
    blockOnExhaustion: true,
    currency: 'usd',
    reason: 'insufficient_balance',
    message: 'This use of voice costs 0.125 usd, and the balance is 0.10 usd.',
  })
})

test('FeatureAccess.get: what the account still pays for', async () => {
  const customer = await fundedCustomer(world, onCredits)
  await world.client.usage.track({ feature: 'tasks', customerId: customer.id, value: 4 })
  const { data: left } = await world.client.featureAccess.get({ code: 'tasks', customerId: customer.id })
  assert.deepEqual([left?.allowed, left?.current, left?.remaining, left?.included], [true, 4, 1, 0])
  await world.client.usage.track({ feature: 'tasks', customerId: customer.id })
  const { data: none } = await world.client.featureAccess.canUse({ code: 'tasks', customerId: customer.id })
  assert.deepEqual([none?.allowed, none?.willBeCharged, none?.reason], [false, false, 'insufficient_credits'])
  const overdrawn = await fundedCustomer(world, onBalance)
  await world.client.usage.track({ feature: 'sms', customerId: overdrawn.id, value: 200 })
  const { data: charged } = await world.client.featureAccess.canUse({ code: 'sms', customerId: overdrawn.id })
  assert.deepEqual([charged?.allowed, charged?.willBeCharged], [true, true])
})

test('Subscriptions.adjustBalance', async () => {
  const customer = await fundedCustomer(world, onCredits)
  const { data: given } = await world.client.subscriptions.adjustBalance({
    id: customer.subscriptionId,
    amount: 5,
    reason: 'outage',
  })
  assert.deepEqual(given, { amount: 5, newBalance: 15, reason: 'outage', object: 'subscription', livemode: false })
  const { data: taken } = await world.client.subscriptions.adjustBalance({
    id: customer.subscriptionId,
    amount: -12,
    type: 'credits',
  })
  assert.deepEqual([taken?.newBalance, taken?.reason], [3, null])
  assert.deepEqual((await show(customer))?.credits, { remaining: 3, included: 10, purchased: 3 })
  await assert.rejects(world.client.subscriptions.adjustBalance({ id: customer.subscriptionId, amount: -4 }), {
    code: 'insufficient_credits',
    statusCode: 402,
  })
  await assert.rejects(
    world.client.subscriptions.adjustBalance({ id: customer.subscriptionId, amount: 4, type: 'balance' }),
    { name: 'CommetValidationError' },
  )
})

test('Subscriptions.adjustBalance: a balance goes below zero only where usage may', async () => {
  const overdrawn = await fundedCustomer(world, onBalance)
  const { data } = await world.client.subscriptions.adjustBalance({ id: overdrawn.subscriptionId, amount: -60_000 })
  assert.equal(data?.newBalance, -10_000)
  const blocked = await fundedCustomer(world, blocking)
  await assert.rejects(world.client.subscriptions.adjustBalance({ id: blocked.subscriptionId, amount: -1_001 }), {
    code: 'insufficient_balance',
    statusCode: 402,
  })
})

test('Subscriptions.adjustBalance: nothing to adjust on a metered plan, nor after the end', async () => {
  const plan = await freePlan(world, { visits: { type: 'usage', includedAmount: 1 } })
  const metered = await subscribe(world, plan)
  const { data } = await world.client.subscriptions.getActive({ customerId: metered.id })
  assert(data)
  await assert.rejects(world.client.subscriptions.adjustBalance({ id: data.id, amount: 1 }), {
    name: 'CommetValidationError',
  })
  const ended = await fundedCustomer(world, onCredits)
  await world.client.subscriptions.cancel({ id: ended.subscriptionId, immediate: true })
  await assert.rejects(world.client.subscriptions.adjustBalance({ id: ended.subscriptionId, amount: 1 }), {
    code: 'subscription_not_active',
    statusCode: 409,
  })
})

test('CreditPacks.create', async () => {
  const { data: pack } = await world.client.creditPacks.create({ name: 'Small', credits: 100, price: 900 })
  assert(pack)
  const { id, createdAt, updatedAt, ...rest } = pack
  assert.match(id, /^cpk_/)
  assert(createdAt && updatedAt)
  assert.deepEqual(rest, {
    name: 'Small',
    description: null,
    credits: 100,
    price: 900,
    currency: 'usd',
    isActive: true,
    object: 'credit_pack',
    livemode: false,
  })
  await assert.rejects(world.client.creditPacks.create({ name: 'small', credits: 1, price: 1 }), {
    code: 'duplicate',
    statusCode: 409,
  })
  await assert.rejects(world.client.creditPacks.create({ name: 'None', credits: 0, price: 1 }), {
    name: 'CommetValidationError',
  })
})

test('CreditPacks.list', async () => {
  const { data: sold } = await world.client.creditPacks.create({ name: 'Sold', credits: 1, price: 0 })
  const { data: hidden } = await world.client.creditPacks.create({ name: 'Old', credits: 1, price: 0, isActive: false })
  assert(sold && hidden)
  const ids = ((await world.client.creditPacks.list()).data ?? []).map(({ id }) => id)
  assert.deepEqual([ids.includes(sold.id), ids.includes(hidden.id)], [true, false])
})

test('CreditPacks.update', async () => {
  const { data: pack } = await world.client.creditPacks.create({ name: 'Changing', credits: 100, price: 900 })
  assert(pack)
  const { data } = await world.client.creditPacks.update({ id: pack.id, price: 1000, description: 'For a start' })
  assert.deepEqual([data?.price, data?.credits, data?.description], [1000, 100, 'For a start'])
})

test('CreditPacks.delete', async () => {
  const { data: pack } = await world.client.creditPacks.create({ name: 'Gone', credits: 100, price: 900 })
  assert(pack)
  const { id } = pack
  const { data: deleted } = await world.client.creditPacks.delete({ id })
  assert.deepEqual(deleted, { id, deleted: true, object: 'credit_pack', livemode: false })
  const ids = ((await world.client.creditPacks.list()).data ?? []).map((one) => one.id)
  assert(!ids.includes(id))
  await assert.rejects(world.client.creditPacks.update({ id, price: 1 }), {
    code: 'credit_pack_not_found',
    statusCode: 404,
  })
  assert((await world.client.creditPacks.create({ name: 'Gone', credits: 1, price: 1 })).data, 'the name is free again')
})

test('Subscriptions.purchaseCredits', async () => {
  const { data: pack } = await world.client.creditPacks.create({ name: 'Large', credits: 500, price: 4900 })
  assert(pack)
  const customer = await fundedCustomer(world, onCredits)
  const buy = (id: string) =>
    world.client.subscriptions.purchaseCredits({ id: customer.subscriptionId, creditPackId: id })
  assert.deepEqual((await buy(pack.id)).data, { credits: 500, object: 'subscription', livemode: false })
  assert.deepEqual((await show(customer))?.credits, { remaining: 510, included: 10, purchased: 500 })
  const { data: invoices } = await world.client.invoices.list({ customerId: customer.id })
  assert.deepEqual(
    [invoices?.[0]?.invoiceType, invoices?.[0]?.status, invoices?.[0]?.total],
    ['credit_purchase', 'paid', 4900],
  )
  const purchased = (await eventsOf(world.db, world.orgId, 'credits')).filter(
    ({ type }) => type === 'credits.purchased',
  )
  assert.deepEqual(purchased, [
    {
      type: 'credits.purchased',
      invoiceId: invoices?.[0]?.id,
      invoiceNumber: invoices?.[0]?.invoiceNumber,
      creditPackName: 'Large',
      credits: 500,
    },
  ])
  await Promise.all([buy(pack.id), buy(pack.id), buy(pack.id)])
  assert.equal((await pots(customer)).purchased_credits, 2000n)
  await assert.rejects(buy('cpk_unknown'), { code: 'credit_pack_not_found', statusCode: 404 })
  await world.client.creditPacks.update({ id: pack.id, isActive: false })
  await assert.rejects(buy(pack.id), { code: 'credit_pack_not_found' })
})

test('Subscriptions.purchaseCredits: declined, without a card, on another model', async () => {
  const { data: pack } = await world.client.creditPacks.create({ name: 'Medium', credits: 200, price: 1900 })
  assert(pack)
  const creditPackId = pack.id
  const declined = await fundedCustomer(world, onCredits, '4000000000000341')
  await assert.rejects(world.client.subscriptions.purchaseCredits({ id: declined.subscriptionId, creditPackId }), {
    code: 'charge_failed',
    statusCode: 402,
  })
  assert.equal((await pots(declined)).purchased_credits, 0n)
  const { data: invoices } = await world.client.invoices.list({ customerId: declined.id })
  assert.deepEqual([invoices?.[0]?.invoiceType, invoices?.[0]?.status], ['credit_purchase', 'void'])
  const free = await fundedPlan(world, { model: 'credits', feature: 'memos', creditsPerUnit: 1, isFree: true })
  const cardless = await fundedCustomer(world, free)
  await assert.rejects(world.client.subscriptions.purchaseCredits({ id: cardless.subscriptionId, creditPackId }), {
    code: 'no_payment_method',
    statusCode: 409,
  })
  const other = await fundedCustomer(world, onBalance)
  await assert.rejects(world.client.subscriptions.purchaseCredits({ id: other.subscriptionId, creditPackId }), {
    name: 'CommetValidationError',
  })
})

test('Subscriptions.topupBalance', async () => {
  const customer = await fundedCustomer(world, blocking)
  const topup = (amount: number) => world.client.subscriptions.topupBalance({ id: customer.subscriptionId, amount })
  assert.deepEqual((await topup(2000)).data, { amount: 2000, object: 'subscription', livemode: false })
  assert.equal((await show(customer))?.balance?.remaining, 201_000)
  const { data: invoices } = await world.client.invoices.list({ customerId: customer.id })
  assert.deepEqual(
    [invoices?.[0]?.invoiceType, invoices?.[0]?.status, invoices?.[0]?.total],
    ['balance_topup', 'paid', 2000],
  )
  await assert.rejects(topup(49), { name: 'CommetValidationError' })
  assert.equal((await pots(customer)).balance, 201_000n)
  const credits = await fundedCustomer(world, onCredits)
  await assert.rejects(world.client.subscriptions.topupBalance({ id: credits.subscriptionId, amount: 500 }), {
    name: 'CommetValidationError',
  })
})
