import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activate, sell } from '../../support/addon-stories.ts'
import { Story } from '../../support/billing-stories.ts'
import { invoicesOf, regionalPlan } from '../../support/regional-stories.ts'
import { registerTax } from '../../support/taxes.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-06-01')
})
after(() => story.close())

test('an add-on is paid at the rate of the plan: its share, its base, its overage', async () => {
  const { client } = story.world
  const plan = await regionalPlan(story, 'pro', { rates: { brl: 5.4321, jpy: 150.5 } })
  await sell(story.world, { feature: 'reports', type: 'usage', price: 999, included: 10, beyond: 10_000 })
  await story.join('ana', 'pro', { country: 'BR' })
  await story.goTo('2041-06-16')
  // 9.99 × 5.4321 = 54.27 (54.266679); half of it is 27.14 (27.135).
  assert.equal(await activate(story, 'ana', 'reports'), 2714)
  const told = (await story.told('ana')).find(({ type }) => type === 'addon.activated')?.data
  assert.deepEqual([told?.proratedPrice, told?.currency], [271_400, 'brl'])
  // 1.00 × 5.4321 a report: 3 beyond are 16.30 (16.2963).
  await story.use('ana', 'reports', 13)
  const access = (await client.featureAccess.get({ customerId: 'ana', code: 'reports' })).data
  assert.equal(access?.overageUnitPrice, 54_321)
  await story.until('2041-07-01')
  assert.deepEqual((await invoicesOf(story, 'ana')).slice(1), [
    'addon_activation paid 2714 brl: addon_base 2714',
    'recurring paid 22810 brl: plan_base 15753, addon_base 5427, feature_overage 1630',
  ])
  // Another rate: the base of the next renewal, and usage from the next window on where it is dearer.
  await client.plans.setRegionalPricing({ id: plan.id, currency: 'brl', exchangeRate: 6 })
  await story.use('ana', 'reports', 11)
  await story.until('2041-08-01')
  assert.equal(
    (await invoicesOf(story, 'ana')).at(-1),
    'recurring paid 23937 brl: plan_base 17400, addon_base 5994, feature_overage 543',
  )
  await story.use('ana', 'reports', 11)
  await story.until('2041-09-01')
  assert.equal(
    (await invoicesOf(story, 'ana')).at(-1),
    'recurring paid 23994 brl: plan_base 17400, addon_base 5994, feature_overage 600',
  )
})

test('in yen there is nothing smaller than one', async () => {
  await story.join('taro', 'pro', { country: 'JP' })
  // 9.99 × 150.5 = 1503.495; the last day of a month of 30 is 50.1 of them.
  await story.goTo('2041-09-30')
  const cost = await activate(story, 'taro', 'reports')
  assert.equal(cost, 50)
})

test('a plan that never had a rate for the currency: refused, nothing is charged', async () => {
  await regionalPlan(story, 'plain', {})
  await story.join('bob', 'plain', { country: 'BR' })
  // No prices in reais: paid in dollars, and add-ons with it.
  assert.deepEqual(await invoicesOf(story, 'bob'), ['recurring paid 2900 usd: plan_base 2900'])
  const { id } = await story.subscription('bob')
  const payIn = (currency: string) =>
    story.world.database.pool.query('update subscription set currency = $2 where id = $1', [id, currency])
  await payIn('cop')
  await assert.rejects(activate(story, 'bob', 'reports'), { code: 'missing_regional_price', statusCode: 400 })
  await payIn('usd')
  assert.equal((await invoicesOf(story, 'bob')).length, 1)
})

test('what was paid in another currency is explained, and comes to what was invoiced', async () => {
  const { data: invoices } = await story.world.client.invoices.list({ customerId: 'ana', limit: 100 })
  assert.equal(invoices?.length, 5)
  for (const { id, invoiceNumber } of invoices ?? []) {
    const { body } = await story.world.request('GET', `/api/v1/invoices/${id}/explain`)
    assert.deepEqual([invoiceNumber, body.data.matches], [invoiceNumber, true], JSON.stringify(body.data.lines))
  }
})

test('a renewal that is processed late takes an add-on’s price and the plan’s rate of the moment it was due', async (t) => {
  const late = await Story.on('2041-06-01')
  t.after(() => late.close())
  const { client } = late.world
  const plan = await regionalPlan(late, 'pro', { rates: { brl: 5 } })
  const addon = await sell(late.world, { feature: 'reports', type: 'usage', price: 1000, included: 10 })
  await late.join('ana', 'pro', { country: 'BR' })
  await activate(late, 'ana', 'reports')
  await late.goTo('2041-07-03')
  await client.plans.setRegionalPricing({ id: plan.id, currency: 'brl', exchangeRate: 6 })
  await client.addons.update({ id: addon.id, basePrice: 2000 })
  await late.until('2041-08-01')
  assert.deepEqual((await invoicesOf(late, 'ana')).slice(2), [
    'recurring paid 19500 brl: plan_base 14500, addon_base 5000',
    'recurring paid 29400 brl: plan_base 17400, addon_base 12000',
  ])
})

test('a renewal that is processed late is taxed as on the day it was due', async (t) => {
  const late = await Story.on('2041-06-01')
  t.after(() => late.close())
  const rate = (percent: number) =>
    late.world.request('PUT', '/api/v1/tax-rates', {
      body: { country: 'DE', rates: [{ name: 'VAT', percentage: percent }] },
    })
  await registerTax(late.world, 'DE', ['DE'])
  await late.plan('pro', { price: 10_000 })
  assert.equal((await rate(18)).status, 200)
  await late.join('max', 'pro', { country: 'DE' })
  await late.goTo('2041-07-03')
  assert.equal((await rate(25)).status, 200)
  await late.until('2041-08-01')
  const { body } = await late.world.request('GET', '/api/v1/invoices?customerId=max&limit=100')
  const taxes = body.data.map(({ taxAmount }: { taxAmount: number }) => taxAmount).reverse()
  assert.deepEqual(taxes, [1800, 1800, 2500])
})
