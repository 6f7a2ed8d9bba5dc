import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { activate, activeAddons, sell } from '../../support/addon-stories.ts'
import { ChangeStory } from '../../support/plan-changes.ts'
import { portal, portalOf } from '../../support/portals.ts'

let story: ChangeStory
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-01')
})
afterEach(() => story.close())

const access = async (customerId: string, code: string) =>
  (await story.world.client.featureAccess.get({ customerId, code })).data

/** What the portal says the next renewal charges. */
const nextCharge = async (customer: string) =>
  (await portal(story.world, 'GET', await portalOf(story.world, customer))).body.data.subscription.nextCharge

test('changed at once: an add-on stays, its base is neither credited nor charged, and is next billed at the new renewal', async () => {
  const [pro, business] = [await story.plan('pro', { price: 2900 }), await story.plan('business', { price: 9900 })]
  await story.group(pro, business)
  await sell(story.world, { feature: 'reports', type: 'usage', price: 1000, included: 10, beyond: 10_000 })
  await story.join('ada', 'pro')
  await activate(story, 'ada', 'reports')
  await story.use('ada', 'reports', 13)
  await story.goTo('2041-06-16')
  const billing = await story.changeNow('ada', business)
  // $99.00 − $14.50 and three reports beyond at $1.00.
  assert.deepEqual([billing.credit, billing.charge, billing.totalCharged], [1450, 10_200, 8750])
  assert.deepEqual(await activeAddons(story, 'ada'), ['reports'])
  const counted = await access('ada', 'reports')
  assert.deepEqual([counted?.allowed, counted?.current, counted?.included], [true, 0, 10])
  await story.until('2041-07-16')
  assert.deepEqual((await story.invoices('ada')).slice(2), [
    'plan_change paid 2041-06-16..2041-07-16 8750 = plan_base 9900 + credit -1450 + 3 beyond 300',
    'recurring paid 2041-07-16..2041-08-16 10900 = plan_base 9900 + addon_base 1000',
  ])
  await story.assertExplained('ada')
})

test('changed at once to a plan that has the feature: the add-on ends, the plan gives it', async () => {
  const pro = await story.plan('pro', { price: 2900 })
  const business = await story.plan('business', { price: 9900, features: { calls: { included: 50 } } })
  await story.group(pro, business)
  await story.world.client.addons.create({
    name: 'calls',
    basePrice: 500,
    featureId: 'calls',
    consumptionModel: 'metered',
    includedUnits: 5,
    overageRate: 10_000,
  })
  await story.join('bob', 'pro')
  await activate(story, 'bob', 'calls')
  await story.use('bob', 'calls', 7)
  await story.goTo('2041-06-16')
  await story.changeNow('bob', business)
  assert.deepEqual(await activeAddons(story, 'bob'), [])
  const own = await access('bob', 'calls')
  assert.deepEqual([own?.current, own?.included, own?.overageEnabled], [0, 50, false])
  assert((await story.events('bob')).includes('addon.deactivated'))
  await story.until('2041-07-16')
  assert.deepEqual((await story.invoices('bob')).slice(2), [
    'plan_change paid 2041-06-16..2041-07-16 8650 = plan_base 9900 + credit -1450 + 2 beyond 200',
    'recurring paid 2041-07-16..2041-08-16 9900 = plan_base 9900',
  ])
  await story.assertExplained('bob')
})

test('a change at the period’s end: bases of those that stay, the last overage of those that end', async () => {
  const small = await story.plan('small', { price: 900, features: { calls: { included: 50 } } })
  const pro = await story.plan('pro', { price: 2900 })
  await story.group(small, pro)
  await sell(story.world, { feature: 'support', price: 700 })
  await story.world.client.addons.create({
    name: 'calls',
    basePrice: 500,
    featureId: 'calls',
    consumptionModel: 'metered',
    includedUnits: 5,
    overageRate: 10_000,
  })
  await story.join('eve', 'pro')
  await activate(story, 'eve', 'calls')
  await activate(story, 'eve', 'support')
  await story.use('eve', 'calls', 9)
  await story.change('eve', { newPlanId: small })
  await story.until('2041-07-01')
  assert.equal((await story.subscription('eve')).plan.name, 'small')
  assert.deepEqual(await activeAddons(story, 'eve'), ['support'])
  assert.equal(
    (await story.invoices('eve')).at(-1),
    'recurring paid 2041-07-01..2041-08-01 2000 = plan_base 900 + addon_base 700 + 4 beyond 400',
  )
  await story.assertExplained('eve')
})

test('from a paid plan to a free one: add-ons stay and are billed for its windows, by invoices of their own', async () => {
  const free = await story.plan('free', { isFree: true })
  const pro = await story.plan('pro', { price: 2900 })
  await story.group(free, pro)
  await sell(story.world, { feature: 'support', price: 700 })
  await story.join('ida', 'pro')
  await activate(story, 'ida', 'support')
  await story.change('ida', { newPlanId: free })
  await story.until('2041-09-01')
  assert.deepEqual(await activeAddons(story, 'ida'), ['support'])
  assert.deepEqual((await story.invoices('ida')).slice(2), [
    'recurring paid 2041-07-01..2041-08-01 700 = addon_base 700',
    'recurring paid 2041-08-01..2041-09-01 700 = addon_base 700',
    'recurring paid 2041-09-01..2041-10-01 700 = addon_base 700',
  ])
})

test('from a free month to a paid week: the days of an add-on that the month had paid for are not charged again', async () => {
  const free = await story.plan('free', { isFree: true })
  const weekly = await story.plan('weekly', { price: 700, interval: 'weekly' })
  await story.group(free, weekly)
  await sell(story.world, { feature: 'support', price: 700 })
  await story.join('ada', 'weekly')
  await story.cancel('ada', { immediate: true })
  await story.subscribe('ada', 'free')
  assert.equal(await activate(story, 'ada', 'support'), 700)
  await story.goTo('2041-06-20')
  const { id } = await story.subscription('ada')
  const { data } = await story.world.client.subscriptions.changePlan({ id, newPlanId: weekly })
  assert(data && 'checkoutUrl' in data && data.checkoutUrl)
  assert.equal((await story.pay(data.checkoutUrl)).status, 200)
  await story.until('2041-07-11')
  // Paid to the 1st of July: 3 of the 7 days from the 27th of June on are left, $3.00.
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'addon_activation paid 2041-06-01..2041-06-01 700 = addon_base 700',
    'recurring paid 2041-06-20..2041-06-27 700 = plan_base 700',
    'recurring paid 2041-06-27..2041-07-04 1000 = plan_base 700 + addon_base 300',
    'recurring paid 2041-07-04..2041-07-11 1400 = plan_base 700 + addon_base 700',
    'recurring paid 2041-07-11..2041-07-18 1400 = plan_base 700 + addon_base 700',
  ])
  await story.assertExplained('ada')
})

test('from a free month to paid weeks: not one of the weeks that lie in the paid month is charged for the add-on again', async () => {
  const free = await story.plan('free_first', { isFree: true })
  const weekly = await story.plan('weekly_then', { price: 700, interval: 'weekly' })
  await story.group(free, weekly)
  await sell(story.world, { feature: 'hotline', price: 700 })
  await story.join('ben', 'weekly_then')
  await story.cancel('ben', { immediate: true })
  await story.subscribe('ben', 'free_first')
  assert.equal(await activate(story, 'ben', 'hotline'), 700)
  await story.goTo('2041-06-04')
  const { id } = await story.subscription('ben')
  const { data } = await story.world.client.subscriptions.changePlan({ id, newPlanId: weekly })
  assert(data && 'checkoutUrl' in data && data.checkoutUrl)
  assert.equal((await story.pay(data.checkoutUrl)).status, 200)
  assert.deepEqual(await nextCharge('ben'), { on: '2041-06-11', amount: 700 })
  await story.until('2041-06-18')
  assert.deepEqual(await nextCharge('ben'), { on: '2041-06-25', amount: 800 })
  await story.until('2041-07-02')
  // Paid to the 1st of July: one of the seven days from the 25th of June on is left.
  assert.deepEqual((await story.invoices('ben')).slice(2), [
    'recurring paid 2041-06-04..2041-06-11 700 = plan_base 700',
    'recurring paid 2041-06-11..2041-06-18 700 = plan_base 700',
    'recurring paid 2041-06-18..2041-06-25 700 = plan_base 700',
    'recurring paid 2041-06-25..2041-07-02 800 = plan_base 700 + addon_base 100',
    'recurring paid 2041-07-02..2041-07-09 1400 = plan_base 700 + addon_base 700',
  ])
})

test('a declined last invoice leaves the add-ons of the free plan alone, and their own ends them: nobody owes what they lost', async () => {
  const free = await story.plan('free_now', { isFree: true })
  const calls = { included: 0, beyond: 10_000 }
  const pro = await story.plan('paid_then', { price: 2900, features: { calls } })
  await story.group(free, pro)
  await sell(story.world, { feature: 'themes', price: 700 })
  await story.join('jon', 'paid_then')
  await activate(story, 'jon', 'themes')
  await story.use('jon', 'calls', 9)
  await story.change('jon', { newPlanId: free })
  await story.world.database.pool.query(
    `update simulated_processor.card set behaviour = 'declines_later'
     where token in (
       select m.provider_token from payment_method m join customer c on c.org_id = m.org_id and c.id = m.customer_id
       where c.external_id = 'jon')`,
  )
  const ends = (await story.subscription('jon')).currentPeriod?.end ?? ''
  await story.until(ends.slice(0, 10))
  const told = (await story.invoices('jon')).slice(2).map((invoice) => invoice.replace(/ \S+\.\.\S+/, ''))
  assert.deepEqual(told, ['overage outstanding 900 = 9 beyond 900', 'recurring void 700 = addon_base 700'])
  const { status, plan } = await story.subscription('jon')
  assert.deepEqual([status, plan.name], ['active', 'free_now'])
  assert.deepEqual(await activeAddons(story, 'jon'), [])
})

/** Ada is on a free plan with an add-on of 30 cents, whose first line waits because it is too small to charge. */
async function withWaitingLine(): Promise<string> {
  const [free, pro] = [await story.plan('free', { isFree: true }), await story.plan('pro', { price: 2900 })]
  await story.group(free, pro)
  await sell(story.world, { feature: 'support', price: 30 })
  await story.join('ada', 'free')
  assert.equal(await activate(story, 'ada', 'support'), 30)
  return pro
}

test('from a free plan to a paid one: what was too small to charge goes on waiting and is on the next invoice', async () => {
  const pro = await withWaitingLine()
  const { body } = await story.change('ada', { newPlanId: pro })
  assert.equal((await story.pay(body.data.checkoutUrl)).status, 200)
  assert.deepEqual(await nextCharge('ada'), { on: '2041-07-01', amount: 2960 })
  await story.until('2041-07-01')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 2900 = plan_base 2900',
    'recurring paid 2041-07-01..2041-08-01 2960 = plan_base 2900 + addon_base 30 + addon_base 30',
  ])
  await story.assertExplained('ada')
})

test('where the checkout settled another currency, what was too small to charge is forgiven', async () => {
  const pro = await withWaitingLine()
  const body = { currency: 'brl', exchangeRate: 5 }
  assert.equal((await story.world.request('PUT', `/api/v1/plans/${pro}/regional`, { body })).status, 200)
  const changed = await story.change('ada', { newPlanId: pro })
  assert.equal((await story.pay(changed.body.data.checkoutUrl, undefined, 'BR')).status, 200)
  await story.until('2041-07-01')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 14500 = plan_base 14500',
    'recurring paid 2041-07-01..2041-08-01 14650 = plan_base 14500 + addon_base 150',
  ])
})
