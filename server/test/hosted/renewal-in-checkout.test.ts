import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { activate, sell } from '../support/addon-stories.ts'
import { cards } from '../support/billing-stories.ts'
import { hosted, visit } from '../support/checkouts.ts'
import { ChangeStory } from '../support/plan-changes.ts'

let story: ChangeStory
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-01')
})
afterEach(() => story.close())

const tokenOf = (address: string) => new URL(address).pathname.split('/').at(-1) ?? ''

/** The checkout that a recovery link leads to. */
async function recovered(link: string): Promise<string> {
  const { headers } = await visit(story.world, new URL(link).pathname)
  return new URL(headers.get('location') ?? '', link).href
}

/** What a checkout says is charged after today. */
async function renewalIn(address: string) {
  const { status, body } = await hosted(story.world, 'GET', tokenOf(address))
  assert.equal(status, 200, JSON.stringify(body))
  return body.data.renewal
}

const monthly = (amount: number, on: string) => ({ amount, billingInterval: 'monthly', on, later: null })

/** A plan at $30.00 with one seat, $10.00 for each beyond. */
async function seated(settings: Parameters<ChangeStory['plan']>[1] = {}): Promise<string> {
  const id = await story.plan('pro', { price: 3000, ...settings })
  await story.seats(id, 1, 100_000)
  return id
}

test('whoever buys seats beyond the plan agrees to what every month costs with them: $50.00, not the base alone', async () => {
  await seated()
  await story.customer('ada')
  const { checkoutUrl } = await story.subscribe('ada', 'pro', { initialSeats: { seats: 3 } })
  assert.deepEqual(await renewalIn(checkoutUrl), monthly(5000, '2041-07-01'))
  const page = await visit(story.world, `/checkout/${tokenOf(checkoutUrl)}?locale=en`)
  assert.match(page.body, /\$50\.00 today and \$50\.00 every month/)
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.deepEqual(await renewalIn(checkoutUrl), monthly(5000, '2041-07-01'))
  await story.until('2041-07-01')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-07-01..2041-08-01 5000 = plan_base 3000 + feature_seats 2000',
  )
})

test('an offer on the base leaves the seats as they are, while it lasts and afterwards', async () => {
  await seated({ intro: { type: 'percentage', value: 5000, cycles: 2 } })
  await story.customer('ada')
  const { checkoutUrl } = await story.subscribe('ada', 'pro', { initialSeats: { seats: 3 } })
  const renewal = { ...monthly(3500, '2041-07-01'), later: { amount: 5000, on: '2041-08-01' } }
  assert.deepEqual(await renewalIn(checkoutUrl), renewal)
  await story.pay(checkoutUrl)
  await story.until('2041-08-01')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-07-01..2041-08-01 3500 = plan_base 3000 + discount -1500 + feature_seats 2000',
    'recurring paid 2041-08-01..2041-09-01 5000 = plan_base 3000 + feature_seats 2000',
  ])
})

test('a free customer with an add-on who changes to a paid plan sees it in what every month costs', async () => {
  const free = await story.plan('free', { isFree: true })
  const pro = await story.plan('pro', { price: 3000 })
  await story.group(free, pro)
  await sell(story.world, { feature: 'reports', price: 0 })
  await story.join('ada', 'free')
  await activate(story, 'ada', 'reports')
  await story.world.client.addons.update({ id: 'reports', basePrice: 1500 })
  const changed = await story.change('ada', { newPlanId: pro })
  const { checkoutUrl } = changed.body.data
  assert.deepEqual(await renewalIn(checkoutUrl), monthly(4500, '2041-07-01'))
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  await story.until('2041-07-01')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-07-01..2041-08-01 4500 = plan_base 3000 + addon_base 1500',
  )
})

test('a trial that ran out without a card: the month begins with the payment, and the next one a month after it', async () => {
  await story.plan('pro', { price: 3000, trialDays: 14 })
  await story.join('ada', 'pro')
  await story.world.database.pool.query('update payment_method set detached_at = now(), is_default = false')
  await story.until('2041-06-20')
  const { checkoutUrl } = await story.subscription('ada')
  assert(checkoutUrl)
  assert.deepEqual(await renewalIn(checkoutUrl), monthly(3000, '2041-07-20'))
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.deepEqual(await renewalIn(checkoutUrl), monthly(3000, '2041-07-20'))
})

test('who stores another card sees what is charged to it: the plan that is set, the seats that are held, the add-on', async () => {
  const lite = await story.plan('lite', { price: 1000 })
  const pro = await seated()
  await story.seats(lite, 1, 50_000)
  await story.group(lite, pro)
  await sell(story.world, { feature: 'reports', price: 1500 })
  const id = await story.join('ada', 'pro', { initialSeats: { seats: 3 } })
  await activate(story, 'ada', 'reports')
  const { data } = await story.world.client.subscriptions.updatePaymentMethod({ id })
  assert(data)
  assert.deepEqual(await renewalIn(data.checkoutUrl), monthly(6500, '2041-07-01'))
  await story.change('ada', { newPlanId: lite })
  assert.deepEqual(await renewalIn(data.checkoutUrl), monthly(3500, '2041-07-01'))
})

test('who pays late, or begins anew, sees the same: seats and add-on as far as there are any', async () => {
  await seated()
  await sell(story.world, { feature: 'reports', price: 1500 })
  const id = await story.join('ada', 'pro', { card: cards.failsLater, initialSeats: { seats: 3 } })
  await story.world.client.subscriptions.activateAddon({ id, addonId: 'reports' }).catch(() => undefined)
  await story.until('2041-07-01')
  assert.equal((await story.subscription('ada')).status, 'past_due')
  const owed = await story.world.client.subscriptions.createRecoveryLink({ id })
  assert(owed.data)
  assert.deepEqual(await renewalIn(await recovered(owed.data.url)), monthly(5000, '2041-08-01'))
  await story.until('2041-07-08')
  assert.equal((await story.subscription('ada')).status, 'canceled')
  const refused = await story.world.request('POST', `/api/v1/subscriptions/${id}/reactivate`)
  assert.equal(refused.status, 402)
  assert.deepEqual(
    await renewalIn(await recovered(refused.body.error.details.recoveryUrl)),
    monthly(5000, '2041-08-08'),
  )
})

test('a receipt that is looked at later tells the next charge as it is by then, and none before a free plan', async () => {
  const free = await story.plan('free', { isFree: true })
  const pro = await seated()
  await story.group(free, pro)
  const id = await story.join('ada', 'pro', { card: cards.failsLater, initialSeats: { seats: 3 } })
  await story.cancel('ada', { immediate: true })
  const refused = await story.world.request('POST', `/api/v1/subscriptions/${id}/reactivate`)
  const checkoutUrl = await recovered(refused.body.error.details.recoveryUrl)
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  const receiptOf = async () => {
    const { renewal, receipt } = (await hosted(story.world, 'GET', tokenOf(checkoutUrl))).body.data
    return [renewal?.amount ?? null, receipt.nextChargeOn]
  }
  assert.deepEqual(await receiptOf(), [5000, '2041-07-01'])
  await story.until('2041-07-02')
  await story.hold('ada', 1)
  assert.deepEqual(await receiptOf(), [3000, '2041-08-01'])
  await story.change('ada', { newPlanId: free })
  assert.deepEqual(await receiptOf(), [null, null])
})
