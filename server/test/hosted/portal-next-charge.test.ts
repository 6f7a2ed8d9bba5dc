import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { activate, sell } from '../support/addon-stories.ts'
import { ChangeStory } from '../support/plan-changes.ts'
import { portal, portalOf } from '../support/portals.ts'
import { regionalPlan } from '../support/regional-stories.ts'

let story: ChangeStory
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-01')
})
afterEach(() => story.close())

/** What the portal says the next renewal charges. */
const nextCharge = async (customer: string) =>
  (await portal(story.world, 'GET', await portalOf(story.world, customer))).body.data.subscription.nextCharge

/** The plans a customer may choose, and what the portal says of one of them. */
async function plansFor(customer: string, chosen?: string) {
  const token = await portalOf(story.world, customer)
  const query = chosen === undefined ? '' : `?planId=${chosen}`
  const { status, body } = await portal(story.world, 'GET', `${token}/plans${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body.data
}

/** Two plans with a seat each, and an add-on for $15.00: `lite` at $10.00 and $5.00 a seat, `pro` at $99.00 and $10.00. */
async function liteAndPro() {
  const lite = await story.plan('lite', { price: 1000 })
  const pro = await story.plan('pro', { price: 9900 })
  await story.seats(lite, 1, 50_000)
  await story.seats(pro, 1, 100_000)
  await story.group(lite, pro)
  await sell(story.world, { feature: 'reports', price: 1500 })
  return { lite, pro }
}

test('an earlier plan is previewed with what its first renewal charges: base, seats that are held, add-ons', async () => {
  const { lite } = await liteAndPro()
  await story.join('ada', 'pro', { initialSeats: { seats: 4 } })
  await activate(story, 'ada', 'reports')
  await story.goTo('2041-06-16')
  // $10.00, three seats at $5.00, and the add-on.
  const renewal = { on: '2041-07-01', amount: 4000 }
  assert.deepEqual((await plansFor('ada', `${lite}&billingInterval=monthly`)).preview.nextInvoice, renewal)
  await story.change('ada', { newPlanId: lite })
  assert.deepEqual(await nextCharge('ada'), renewal)
  await story.until('2041-07-01')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-07-01..2041-08-01 4000 = plan_base 1000 + addon_base 1500 + feature_seats 1500',
  )
})

test('a later plan is previewed with what the renewal of its first period charges', async () => {
  const { pro } = await liteAndPro()
  await story.join('ada', 'lite', { initialSeats: { seats: 4 } })
  await activate(story, 'ada', 'reports')
  await story.goTo('2041-06-16')
  const renewal = { on: '2041-07-16', amount: 14_400 }
  assert.deepEqual((await plansFor('ada', `${pro}&billingInterval=monthly`)).preview.nextInvoice, renewal)
  await story.changeNow('ada', pro)
  assert.deepEqual(await nextCharge('ada'), renewal)
  await story.until('2041-07-16')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-07-16..2041-08-16 14400 = plan_base 9900 + addon_base 1500 + feature_seats 3000',
  )
})

test('an add-on that the chosen plan contains is not on its next charge, nor is a discount that ends with the old plan', async () => {
  const intro = { type: 'percentage', value: 5000, cycles: 6 } as const
  const lite = await story.plan('lite', { price: 1000, intro })
  await sell(story.world, { feature: 'reports', type: 'usage', price: 1500, included: 5, beyond: 10_000 })
  const pro = await story.plan('pro', { price: 9900, features: { reports: { included: 50 } } })
  await story.group(lite, pro)
  await story.join('ada', 'lite')
  await activate(story, 'ada', 'reports')
  const renewal = { on: '2041-07-01', amount: 9900 }
  assert.deepEqual((await plansFor('ada', `${pro}&billingInterval=monthly`)).preview.nextInvoice, renewal)
  await story.changeNow('ada', pro)
  assert.deepEqual(await nextCharge('ada'), renewal)
})

test('a free customer is shown the offer of the first periods also on the charge after the first', async () => {
  const free = await story.plan('free', { isFree: true })
  const pro = await story.plan('pro', { price: 3000, intro: { type: 'percentage', value: 5000, cycles: 2 } })
  await story.group(free, pro)
  await story.join('ada', 'free')
  const { preview } = await plansFor('ada', `${pro}&billingInterval=monthly`)
  assert.deepEqual([preview.total, preview.nextInvoice], [1500, { on: '2041-07-01', amount: 1500 }])
  const changed = await story.change('ada', { newPlanId: pro })
  assert.equal((await story.pay(changed.body.data.checkoutUrl)).status, 200)
  assert.deepEqual(await nextCharge('ada'), preview.nextInvoice)
})

test('what was too little to be charged with a change is on the next charge', async () => {
  const small = await story.plan('small', { price: 3000 })
  const large = await story.plan('large', { price: 3030 })
  await story.group(small, large)
  await story.join('ada', 'small')
  const { preview } = await plansFor('ada', `${large}&billingInterval=monthly`)
  assert.deepEqual([preview.total, preview.nextInvoice], [0, { on: '2041-07-01', amount: 3060 }])
  await story.changeNow('ada', large)
  assert.deepEqual(await nextCharge('ada'), preview.nextInvoice)
})

test('a free plan with an add-on has a next charge, also while the change to it waits', async () => {
  const free = await story.plan('free', { isFree: true })
  const pro = await story.plan('pro', { price: 2900 })
  await story.group(free, pro)
  await sell(story.world, { feature: 'reports', price: 1500 })
  await story.join('ada', 'pro')
  await story.join('bob', 'free')
  assert.equal(await nextCharge('bob'), null)
  await activate(story, 'ada', 'reports')
  const first = { on: '2041-07-01', amount: 1500 }
  assert.deepEqual((await plansFor('ada', free)).preview.nextInvoice, first)
  await story.change('ada', { newPlanId: free })
  assert.deepEqual(await nextCharge('ada'), first)
  await story.until('2041-07-01')
  assert.deepEqual(await nextCharge('ada'), { on: '2041-08-01', amount: 1500 })
  await story.until('2041-08-01')
  assert.deepEqual((await story.invoices('ada')).slice(-2), [
    'recurring paid 2041-07-01..2041-08-01 1500 = addon_base 1500',
    'recurring paid 2041-08-01..2041-09-01 1500 = addon_base 1500',
  ])
})

test('a one-time purchase has a next charge where seats are held beyond it, and none where nothing is', async () => {
  const one = await story.plan('one', { interval: 'one_time', price: 10_000 })
  await story.seats(one, 1, 50_000)
  await story.join('ada', 'one', { initialSeats: { seats: 3 } })
  await story.join('bob', 'one')
  assert.deepEqual([await nextCharge('ada'), await nextCharge('bob')], [{ on: '2041-07-01', amount: 1000 }, null])
})

test('plans that cannot be chosen are shown at the price of the customer’s currency too', async () => {
  const rates = { brl: 5 }
  const seats = { type: 'seats', included: 1 } as const
  const lite = await regionalPlan(story, 'lite', { price: 1000, rates })
  const pro = await regionalPlan(story, 'pro', {
    price: 3000,
    rates,
    features: { seats: { ...seats, beyond: 10_000 } },
  })
  const top = await regionalPlan(story, 'top', { price: 9000, rates, features: { seats } })
  await story.group(lite.id, pro.id, top.id)
  await story.join('ana', 'pro', { country: 'BR', initialSeats: { seats: 3 } })
  await story.change('ana', { newPlanId: lite.id })
  const { options } = await plansFor('ana')
  assert.deepEqual(
    options.map(({ name, price, currency, state }: Record<string, unknown>) => [name, price, currency, state]),
    [
      ['lite', 5000, 'brl', 'scheduled'],
      ['pro', 15_000, 'brl', 'current'],
      ['top', 45_000, 'brl', 'too_many_seats'],
    ],
  )
})
