import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { activate, activeAddons, sell } from '../../support/addon-stories.ts'
import { withFaults } from '../../support/checkouts.ts'
import { fundedPlan } from '../../support/ledger-stories.ts'
import { ChangeStory, refusal } from '../../support/plan-changes.ts'

/** Changes of plan beside everything else that a subscription can have: add-ons, accounts, small amounts, credit, refunds. */

let story: ChangeStory
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-01')
})
afterEach(() => story.close())

async function proAndBusiness(price = 9900): Promise<{ pro: string; business: string }> {
  const plans = { pro: await story.plan('pro', { price: 2900 }), business: await story.plan('business', { price }) }
  await story.group(plans.pro, plans.business)
  return plans
}

test('an add-on stays and is next billed with the new period; one whose feature the new plan has ends', async () => {
  const { business } = await proAndBusiness()
  await sell(story.world, { feature: 'support', price: 1000 })
  await sell(story.world, { feature: 'exports', price: 600 })
  await story.world.client.plans.addFeature({ id: business, featureId: 'exports' })
  await story.join('ada', 'pro')
  for (const feature of ['support', 'exports']) await activate(story, 'ada', feature)
  await story.goTo('2041-06-16')
  assert.equal((await story.changeNow('ada', business)).totalCharged, 8450)
  assert.deepEqual(await activeAddons(story, 'ada'), ['support'])
  assert.deepEqual((await story.events('ada')).slice(-2), ['addon.deactivated', 'subscription.plan_changed'])
  await story.until('2041-07-16')
  assert.deepEqual((await story.invoices('ada')).slice(3), [
    'plan_change paid 2041-06-16..2041-07-16 8450 = plan_base 9900 + credit -1450',
    'recurring paid 2041-07-16..2041-08-16 10900 = plan_base 9900 + addon_base 1000',
  ])
  await story.assertExplained('ada')
})

test('what a metered add-on used before the change is billed with it, at its terms', async () => {
  const { business } = await proAndBusiness()
  await sell(story.world, { feature: 'reports', type: 'usage', price: 1000, included: 100, beyond: 10_000 })
  await story.join('ada', 'pro')
  await activate(story, 'ada', 'reports')
  await story.use('ada', 'reports', 103)
  await story.goTo('2041-06-16')
  assert.equal((await story.changeNow('ada', business)).totalCharged, 8750)
  await story.use('ada', 'reports', 101)
  await story.until('2041-07-16')
  assert.deepEqual((await story.invoices('ada')).slice(2), [
    'plan_change paid 2041-06-16..2041-07-16 8750 = plan_base 9900 + credit -1450 + 3 beyond 300',
    'recurring paid 2041-07-16..2041-08-16 11000 = plan_base 9900 + addon_base 1000 + 1 beyond 100',
  ])
  await story.assertExplained('ada')
})

test('a scheduled change bills the add-ons that stay, and ends the one whose feature the new plan has', async () => {
  const { pro } = await proAndBusiness()
  await sell(story.world, { feature: 'support', price: 1000 })
  await sell(story.world, { feature: 'exports', price: 600 })
  await story.world.client.plans.addFeature({ id: pro, featureId: 'exports' })
  await story.join('ada', 'business')
  for (const feature of ['support', 'exports']) await activate(story, 'ada', feature)
  await story.change('ada', { newPlanId: 'pro' })
  await story.until('2041-07-01')
  assert.deepEqual(await activeAddons(story, 'ada'), ['support'])
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-07-01..2041-08-01 3900 = plan_base 2900 + addon_base 1000',
  )
})

test('credits start anew on the new plan, and those that were bought survive', async () => {
  const { world } = story
  const small = await fundedPlan(world, {
    model: 'credits',
    feature: 'renders',
    creditsPerUnit: 5,
    includedCredits: 100,
  })
  const { data: large } = await world.client.plans.create({ code: 'large', name: 'Large', consumptionModel: 'credits' })
  assert(large)
  await world.client.plans.addFeature({ id: large.id, featureId: 'renders', creditsPerUnit: 2 })
  await world.client.plans.addPrice({ id: large.id, billingInterval: 'monthly', price: 5800, includedCredits: 300 })
  await story.group(small.id, large.id)
  const id = await story.join('ada', small.id)
  const { data: pack } = await world.client.creditPacks.create({ name: 'Fifty', credits: 50, price: 1000 })
  await world.client.subscriptions.purchaseCredits({ id, creditPackId: pack?.id ?? '' })
  await world.client.usage.track({ customerId: 'ada', feature: 'renders', value: 10 })
  await story.goTo('2041-06-16')
  const { data } = await world.client.subscriptions.changePlan({ id, newPlanId: large.id })
  assert.equal(data?.billing?.totalCharged, 4350)
  const { data: after } = await world.client.subscriptions.get({ id })
  assert.deepEqual(after?.credits, { remaining: 350, included: 300, purchased: 50 })
  await world.client.usage.track({ customerId: 'ada', feature: 'renders', value: 10 })
  assert.equal((await world.client.subscriptions.get({ id })).data?.credits?.remaining, 330)
})

test('what a balance was short of is billed with the change, and the new plan’s is whole', async () => {
  const { world } = story
  const balance = { model: 'balance', feature: 'minutes', unitPrice: 1_000, includedBalance: 100_000 } as const
  const small = await fundedPlan(world, balance)
  const { data: large } = await world.client.plans.create({ code: 'large', name: 'Large', consumptionModel: 'balance' })
  assert(large)
  const overage = { enabled: true, unitPrice: 500 }
  await world.client.plans.addFeature({ id: large.id, featureId: 'minutes', overage })
  await world.client.plans.addPrice({ id: large.id, billingInterval: 'monthly', price: 5800, includedBalance: 400_000 })
  await story.group(small.id, large.id)
  const id = await story.join('ada', small.id)
  // 130 minutes at $0.10 of $10.00: $3.00 short.
  await world.client.usage.track({ customerId: 'ada', feature: 'minutes', value: 130 })
  await story.goTo('2041-06-16')
  const { data: preview } = await world.client.subscriptions.previewChange({ id, planId: large.id })
  const { data } = await world.client.subscriptions.changePlan({ id, newPlanId: large.id })
  assert.deepEqual([preview?.estimatedTotal, data?.billing?.totalCharged], [4650, 4650])
  const { data: after } = await world.client.subscriptions.get({ id })
  assert.deepEqual(after?.balance, { remaining: 400_000, included: 400_000, currency: 'usd' })
  await story.assertExplained('ada')
})

test('too little to be charged waits for the next invoice, and the plan changes at once', async () => {
  await proAndBusiness(2940)
  await story.join('ada', 'pro')
  const preview = await story.preview('ada', 'business')
  assert.equal(preview.body.data.estimatedTotal, 0)
  const { body } = await story.change('ada', { newPlanId: 'business' })
  assert.deepEqual(
    [body.data.billing.netAmount, body.data.billing.totalCharged, body.data.invoiceId],
    [40, 0, undefined],
  )
  assert.equal((await story.subscription('ada')).plan.name, 'business')
  await story.until('2041-07-01')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-07-01..2041-08-01 2980 = plan_base 2940 + plan_base 2940 + credit -2900',
  )
  await story.assertExplained('ada')
})

test('a change back and forth within a period: what waits is given back as what was charged', async () => {
  await proAndBusiness(2940)
  const top = await story.plan('top', { price: 9000 })
  await story.group(top)
  await story.join('ada', 'pro')
  await story.change('ada', { newPlanId: 'business' })
  await story.goTo('2041-06-16')
  assert.deepEqual(await story.changeNow('ada', top), {
    credit: 1470,
    creditsApplied: 0,
    charge: 9040,
    taxAmount: 0,
    netAmount: 7570,
    totalCharged: 7570,
    remainingCreditBalance: 0,
  })
  await story.assertExplained('ada')
})

test('customer credit is used before the card is charged, and given back when it is declined', async () => {
  await proAndBusiness()
  await story.join('ada', 'pro')
  await story.world.client.invoices.createAdjustment({ customerId: 'ada', amount: -2000, description: 'Sorry' })
  const billing = await story.changeNow('ada', 'business')
  assert.deepEqual(
    [billing.charge, billing.credit, billing.creditsApplied, billing.netAmount, billing.totalCharged],
    [9900, 2900, 2000, 5000, 5000],
  )
  assert.equal(billing.remainingCreditBalance, 0)
  await story.join('bob', 'pro', { card: '4000000000000341' })
  await story.world.client.invoices.createAdjustment({ customerId: 'bob', amount: -2000, description: 'Sorry' })
  assert.equal((await story.change('bob', { newPlanId: 'business' })).status, 402)
  const { body } = await story.preview('bob', 'business')
  assert.equal(body.data.estimatedTotal, 5000)
})

test('a full refund of the change ends the subscription', async () => {
  await proAndBusiness()
  await story.join('ada', 'pro')
  await story.changeNow('ada', 'business')
  const { data } = await story.world.client.transactions.list({ customerEmail: 'ada@example.com' })
  await story.world.client.transactions.refund({ id: data?.[0]?.id ?? '' })
  assert.equal((await story.subscription('ada')).status, 'canceled')
})

test('a preview after a renewal that nobody has processed says what the change does: the renewal is run first, by either', async () => {
  await proAndBusiness()
  await story.join('ada', 'pro')
  await story.join('bob', 'pro')
  await story.goTo('2041-07-10')
  const told = await story.preview('ada', 'business')
  const { currentPlanCredit, newPlanCharge, estimatedTotal, daysRemaining, totalDays } = told.body.data
  assert.deepEqual(
    [currentPlanCredit, newPlanCharge, estimatedTotal, daysRemaining, totalDays],
    [2058, 9900, 7842, 22, 31],
  )
  const renewed = 'recurring paid 2041-07-01..2041-08-01 2900 = plan_base 2900'
  assert.deepEqual((await story.invoices('ada')).slice(1), [renewed])
  for (const customer of ['ada', 'bob']) {
    const changed = await story.change(customer, { newPlanId: 'business' })
    assert.equal(changed.body.data.billing.totalCharged, 7842)
    assert.deepEqual((await story.invoices(customer)).slice(1), [
      renewed,
      'plan_change paid 2041-07-10..2041-08-10 7842 = plan_base 9900 + credit -2058',
    ])
  }
})

test('a preview after a renewal whose charge nobody answers says that it is under way, as the change does', async () => {
  await proAndBusiness()
  await story.join('ada', 'pro')
  await story.goTo('2041-07-10')
  await withFaults(story.world, { refuseConnection: true }, async () => {
    assert.equal(refusal(await story.preview('ada', 'business')), '409 charge_in_progress')
    assert.equal(refusal(await story.change('ada', { newPlanId: 'business' })), '409 charge_in_progress')
  })
  assert.equal((await story.preview('ada', 'business')).body.data.estimatedTotal, 7842)
})

test('a free customer’s invoice that is settled elsewhere changes the plan, and one that is voided drops it', async () => {
  await proAndBusiness()
  const free = await story.plan('free', { isFree: true })
  await story.group(free)
  await story.join('ada', 'free')
  await story.join('bob', 'free')
  for (const customer of ['ada', 'bob']) await story.change(customer, { newPlanId: 'business' })
  const invoiceOf = async (customerId: string) => {
    const { body } = await story.world.request('GET', `/api/v1/invoices?customerId=${customerId}`)
    return body.data[0].id
  }
  const set = async (customer: string, status: 'paid' | 'void') =>
    story.world.client.invoices.updateStatus({ id: await invoiceOf(customer), status })
  await set('ada', 'paid')
  assert.equal((await story.subscription('ada')).plan.name, 'business')
  await set('bob', 'void')
  assert.equal((await story.subscription('bob')).plan.name, 'free')
  assert.equal((await story.change('bob', { newPlanId: 'business' })).body.data.requiresCheckout, true)
})

test('usage with a timestamp from before the change counts in the new window: the old one is billed', async () => {
  const calls = { included: 10, beyond: 10_000 }
  const pro = await story.plan('pro', { price: 2900, features: { calls } })
  await story.group(pro, await story.plan('business', { price: 9900, features: { calls } }))
  await story.join('ada', 'pro')
  await story.goTo('2041-06-16')
  await story.changeNow('ada', 'business')
  await story.use('ada', 'calls', 12, '2041-06-10T00:00:00.000Z')
  await story.until('2041-07-16')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-07-16..2041-08-16 10100 = plan_base 9900 + 2 beyond 200',
  )
})
