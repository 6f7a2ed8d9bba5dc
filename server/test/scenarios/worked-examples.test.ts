import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Story } from '../support/billing-stories.ts'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'

// Examples and rules that no other story tells with their amounts; README.md of this folder says where the others are.
const story = await Story.on('2030-01-01')
after(() => story.close())
const { world } = story
const { client } = world

const balanceOf = async (id: string) => (await client.subscriptions.get({ id })).data?.balance?.remaining
const creditsOf = async (id: string) => (await client.subscriptions.get({ id })).data?.credits?.remaining

test('$29 with 10,000 calls included and $0.02 beyond, 15,000 used: $129 at the renewal', async () => {
  await story.plan('pro', { price: 2900, features: { calls: { included: 10_000, beyond: 200 } } })
  await story.join('dora', 'pro')
  await story.use('dora', 'calls', 15_000)
  await story.until('2030-02-01')
  assert.deepEqual(await story.invoices('dora'), [
    'recurring paid 2030-01-01..2030-02-01 2900 = plan_base 2900',
    'recurring paid 2030-02-01..2030-03-01 12900 = plan_base 2900 + 5000 beyond 10000',
  ])
})

test('more included counts at once, for the whole window; less from the next one on', async () => {
  await story.goTo('2030-04-01')
  await story.plan('roomy', { price: 1000, features: { calls: { included: 100, beyond: 1000 } } })
  await story.join('ed', 'roomy')
  await story.use('ed', 'calls', 150)
  await client.plans.updateFeature({ id: 'roomy', featureId: 'calls', includedAmount: 120 })
  await story.until('2030-05-01')
  await client.plans.updateFeature({ id: 'roomy', featureId: 'calls', includedAmount: 10 })
  await story.use('ed', 'calls', 150)
  await story.until('2030-06-01')
  await story.use('ed', 'calls', 150)
  await story.until('2030-07-01')
  // 30 beyond 120 and again 30 beyond 120, then 140 beyond 10, at $0.10 each.
  assert.deepEqual((await story.invoices('ed')).slice(1), [
    'recurring paid 2030-05-01..2030-06-01 1300 = plan_base 1000 + 30 beyond 300',
    'recurring paid 2030-06-01..2030-07-01 1300 = plan_base 1000 + 30 beyond 300',
    'recurring paid 2030-07-01..2030-08-01 2400 = plan_base 1000 + 140 beyond 1400',
  ])
})

test('a feature that is added can be used at once; one that is removed or limited, until the window ends', async () => {
  await story.goTo('2030-08-01')
  const plan = await story.plan('growing', { price: 1000, features: { pages: { included: 5 } } })
  await story.join('fay', 'growing')
  await assert.rejects(story.use('fay', 'maps', 1), { code: 'feature_not_found' })
  await client.features.create({ code: 'maps', name: 'Maps', type: 'usage' })
  await assert.rejects(story.use('fay', 'maps', 1), { code: 'feature_not_in_plan' })
  await client.plans.addFeature({ id: plan, featureId: 'maps', includedAmount: 10 })
  await story.use('fay', 'maps', 10)
  await assert.rejects(story.use('fay', 'maps', 1), { code: 'included_limit_reached' })
  await client.plans.updateFeature({ id: plan, featureId: 'maps', unlimited: true })
  await story.use('fay', 'maps', 1_000)
  await client.plans.updateFeature({ id: plan, featureId: 'maps', unlimited: false })
  await client.plans.removeFeature({ id: plan, featureId: 'pages' })
  await story.use('fay', 'maps', 1_000)
  await story.use('fay', 'pages', 5)
  await story.until('2030-09-01')
  await assert.rejects(story.use('fay', 'pages', 1), { code: 'feature_not_in_plan' })
  await story.use('fay', 'maps', 10)
  await assert.rejects(story.use('fay', 'maps', 1), { code: 'included_limit_reached' })
})

test('fewer credits per unit count at once, more from the next window on', async () => {
  await story.goTo('2030-10-01')
  const plan = await fundedPlan(world, { model: 'credits', feature: 'songs', creditsPerUnit: 5, includedCredits: 100 })
  const { externalId: customerId, subscriptionId } = await fundedCustomer(world, plan)
  const sing = (value: number) => client.usage.track({ customerId, feature: 'songs', value })
  await sing(4)
  assert.equal(await creditsOf(subscriptionId), 80)
  await client.plans.updateFeature({ id: plan.id, featureId: 'songs', creditsPerUnit: 3 })
  await sing(4)
  assert.equal(await creditsOf(subscriptionId), 68)
  await client.plans.updateFeature({ id: plan.id, featureId: 'songs', creditsPerUnit: 10 })
  await sing(4)
  assert.equal(await creditsOf(subscriptionId), 56)
  await story.until('2030-11-01')
  await sing(4)
  assert.equal(await creditsOf(subscriptionId), 60)
})

test('credits and balance costs round up: 0.1 units at 5 credits are 1, half a unit at $0.0001 is $0.0001', async () => {
  await story.goTo('2030-12-01')
  const credits = await fundedPlan(world, { model: 'credits', feature: 'bits', creditsPerUnit: 5, includedCredits: 10 })
  const ida = await fundedCustomer(world, credits)
  await client.usage.track({ customerId: ida.externalId, feature: 'bits', value: 0.1 })
  assert.equal(await creditsOf(ida.subscriptionId), 9)
  await client.usage.track({ customerId: ida.externalId, feature: 'bits', value: 0.21 })
  assert.equal(await creditsOf(ida.subscriptionId), 7)
  const balance = await fundedPlan(world, { model: 'balance', feature: 'drops', unitPrice: 1, includedBalance: 100 })
  const jo = await fundedCustomer(world, balance)
  await client.usage.track({ customerId: jo.externalId, feature: 'drops', value: 0.5 })
  assert.equal(await balanceOf(jo.subscriptionId), 99)
})

test('a top-up of $5.00 adds 50,000 on the rate scale, and the reset takes what is left of it', async () => {
  await story.goTo('2031-02-01')
  const plan = await fundedPlan(world, { model: 'balance', feature: 'lines', unitPrice: 100, includedBalance: 20_000 })
  const { subscriptionId: id } = await fundedCustomer(world, plan)
  assert.equal(await balanceOf(id), 20_000)
  await client.subscriptions.topupBalance({ id, amount: 500 })
  assert.equal(await balanceOf(id), 70_000)
  await assert.rejects(client.subscriptions.topupBalance({ id, amount: 49 }))
  await story.until('2031-03-01')
  assert.equal(await balanceOf(id), 20_000)
})

test('1,000 tokens in and 500 out at $3 and $15 per million with 20 %: $0.0126 an event, 100 of them $1.26 of overdraft', async () => {
  await story.goTo('2031-04-01')
  const plan = await fundedPlan(world, { model: 'balance', feature: 'chat', aiMargin: 2_000, includedBalance: 0 })
  const { externalId: customerId, subscriptionId } = await fundedCustomer(world, plan)
  const own = await world.request('PUT', '/api/v1/ai-models', {
    body: { model: 'example/plain', inputPrice: 30_000, outputPrice: 150_000 },
  })
  assert.equal(own.status, 200, JSON.stringify(own.body))
  const use = { feature: 'chat', customerId, model: 'example/plain', inputTokens: 1_000, outputTokens: 500 }
  for (let event = 0; event < 100; event++) await client.usage.track(use)
  assert.equal(await balanceOf(subscriptionId), -12_600)
  await story.until('2031-05-01')
  assert.deepEqual((await story.invoices(customerId)).slice(1), [
    'recurring paid 2031-05-01..2031-06-01 3026 = plan_base 2900 + balance_overage 126',
  ])
})

test('an offer or a trial that changes is for new subscriptions; a credit pack costs its new price from then on', async () => {
  await story.goTo('2031-07-01')
  const plan = await story.plan('offered', { price: 2000, intro: { type: 'percentage', value: 5000, cycles: 2 } })
  await story.join('kim', 'offered')
  const { body } = await world.request('GET', `/api/v1/plans/${plan}`)
  const introOffer = { enabled: true, discountType: 'percentage', discountValue: 1000, durationCycles: 5 } as const
  await client.plans.updatePrice({ id: plan, priceId: body.data.prices[0].id, introOffer, trialDays: 7 })
  await story.join('lea', 'offered', { skipTrial: true })
  await story.until('2031-09-01')
  assert.deepEqual(await story.invoices('kim'), [
    'recurring paid 2031-07-01..2031-08-01 1000 = plan_base 2000 + discount -1000',
    'recurring paid 2031-08-01..2031-09-01 1000 = plan_base 2000 + discount -1000',
    'recurring paid 2031-09-01..2031-10-01 2000 = plan_base 2000',
  ])
  assert.deepEqual((await story.invoices('lea')).slice(0, 2), [
    'recurring paid 2031-07-01..2031-08-01 1800 = plan_base 2000 + discount -200',
    'recurring paid 2031-08-01..2031-09-01 1800 = plan_base 2000 + discount -200',
  ])

  const credits = await fundedPlan(world, { model: 'credits', feature: 'inks', creditsPerUnit: 1, includedCredits: 0 })
  const { externalId, subscriptionId: id } = await fundedCustomer(world, credits)
  const { data: pack } = await client.creditPacks.create({ name: 'Ink', credits: 100, price: 1000 })
  assert(pack)
  await client.subscriptions.purchaseCredits({ id, creditPackId: pack.id })
  await client.creditPacks.update({ id: pack.id, price: 1500 })
  await client.subscriptions.purchaseCredits({ id, creditPackId: pack.id })
  assert.equal(await creditsOf(id), 200)
  assert.deepEqual(
    (await story.invoices(externalId)).slice(1).map((told) => told.replace(/ \d{4}.*\.\.\S+/, '')),
    ['credit_purchase paid 1000 = one_time 1000', 'credit_purchase paid 1500 = one_time 1500'],
  )
})
