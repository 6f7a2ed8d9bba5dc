import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { verify } from '#verification/verify.ts'
import { activate, activeAddons, sell } from '../../support/addon-stories.ts'
import { Story } from '../../support/billing-stories.ts'
import { chargesOf, checkoutOf, invoicesOf, type MadePlan, regionalPlan } from '../../support/regional-stories.ts'

let story: Story
let pro: MadePlan
before(async () => {
  story = await Story.on('2041-06-01')
  const { client } = story.world
  const { data: group } = await client.planGroups.create({ name: 'All' })
  const free = await client.plans.create({ code: 'free', name: 'Free', isFree: true })
  assert(group && free.data)
  await client.planGroups.addPlan({ id: group.id, planId: free.data.id })
  pro = await regionalPlan(story, 'pro', { rates: { brl: 5 } })
  const business = await regionalPlan(story, 'business', { price: 9900, rates: { brl: 5 } })
  for (const { id } of [pro, business]) await client.planGroups.addPlan({ id: group.id, planId: id })
})
after(() => story.close())

test('an upgrade in the middle of the month is settled in reais', async () => {
  const id = await story.join('ana', 'pro', { country: 'BR' })
  await story.goTo('2041-06-16')
  const { client } = story.world
  const { data: preview } = await client.subscriptions.previewChange({ id, planId: 'business' })
  assert.deepEqual([preview?.currency, preview?.estimatedTotal], ['brl', 42_250])
  await client.subscriptions.changePlan({ id, newPlanId: 'business' })
  // 99.00 × 5 less 29.00 × 5 for 15 of 30 days.
  assert.deepEqual(await invoicesOf(story, 'ana'), [
    'recurring paid 14500 brl: plan_base 14500',
    'plan_change paid 42250 brl: plan_base 49500, credit -7250',
  ])
  const { data: invoices } = await client.invoices.list({ customerId: 'ana' })
  for (const invoice of invoices ?? []) {
    const { body } = await story.world.request('GET', `/api/v1/invoices/${invoice.id}/explain`)
    assert.equal(body.data.matches, true, JSON.stringify(body.data))
  }
})

test('a plan that lacks the currency of a subscription cannot be changed to', async () => {
  const { client } = story.world
  await client.plans.setRegionalPricing({ id: pro.id, currency: 'eur', exchangeRate: 0.9 })
  const id = await story.join('ben', 'pro', { country: 'DE' })
  const missing = { code: 'missing_regional_price', statusCode: 400 }
  await assert.rejects(client.subscriptions.changePlan({ id, newPlanId: 'business' }), missing)
  assert.deepEqual(await invoicesOf(story, 'ben'), ['recurring paid 2610 eur: plan_base 2610'])
})

test('a free customer settles the currency in the checkout of the first paid plan', async () => {
  const { client } = story.world
  const id = await story.join('caio', 'free')
  const { data: change } = await client.subscriptions.changePlan({ id, newPlanId: 'pro' })
  assert(change?.checkoutUrl)
  const checkout = checkoutOf(story, change.checkoutUrl)
  const shown = []
  for (const country of ['US', 'BR', 'DE', 'BR']) {
    const { currency, total, renewal } = await checkout.quote({ country })
    shown.push(`${total} ${currency}, then ${renewal.amount}`)
  }
  assert.deepEqual(shown, [
    '2900 usd, then 2900',
    '14500 brl, then 14500',
    '2610 eur, then 2610',
    '14500 brl, then 14500',
  ])
  assert.equal((await story.pay(change.checkoutUrl, undefined, 'BR')).status, 200)
  assert.deepEqual(await invoicesOf(story, 'caio'), ['recurring paid 14500 brl: plan_base 14500'])
  assert.equal((await chargesOf(story)).at(-1), '14500 brl')
  await story.until('2041-07-16')
  assert.equal((await invoicesOf(story, 'caio')).at(-1), 'recurring paid 14500 brl: plan_base 14500')
})

test('an add-on of a subscription in reais is paid at the rate of its plan, in part and at the renewal', async () => {
  const { client } = story.world
  await story.goTo('2041-08-01')
  const id = await story.join('dora', 'pro', { country: 'BR' })
  await client.features.create({ code: 'reports', name: 'Reports', type: 'boolean' })
  const { data: addon } = await client.addons.create({
    name: 'Reports',
    basePrice: 1000,
    featureId: 'reports',
    consumptionModel: 'boolean',
  })
  assert(addon)
  await story.goTo('2041-08-17')
  await client.subscriptions.activateAddon({ id, addonId: addon.id })
  await story.until('2041-09-01')
  // 10.00 × 5 for 15 of 31 days is 24.19.
  assert.deepEqual((await invoicesOf(story, 'dora')).slice(1), [
    'addon_activation paid 2419 brl: addon_base 2419',
    'recurring paid 19500 brl: plan_base 14500, addon_base 5000',
  ])
})

test('an invoice in dollars that a free customer never paid, and that is void, stands in nobody’s way', async () => {
  const { client } = story.world
  await sell(story.world, { feature: 'themes', price: 1200 })
  await story.goTo('2041-10-01')
  const id = await story.join('duda', 'free')
  await story.goTo('2041-10-31')
  // A day of the month is 39 cents, too little to charge: it waits for the renewal, which finds no card.
  assert.equal(await activate(story, 'duda', 'themes'), 39)
  await story.until('2041-11-02')
  assert.deepEqual(await activeAddons(story, 'duda'), [])
  const { data: change } = await client.subscriptions.changePlan({ id, newPlanId: 'pro' })
  assert(change?.checkoutUrl)
  await checkoutOf(story, change.checkoutUrl).quote({ country: 'BR' })
  assert.equal((await story.pay(change.checkoutUrl, undefined, 'BR')).status, 200)
  assert.deepEqual(await invoicesOf(story, 'duda'), [
    'recurring void 1239 usd: addon_base 1200, addon_base 39',
    'recurring paid 14500 brl: plan_base 14500',
  ])
  const results = await verify(story.world.db)
  assert.deepEqual(
    results.flatMap(({ findings }) => findings),
    [],
  )
})
