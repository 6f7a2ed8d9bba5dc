import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'
import { confirmation, hosted } from '../../support/checkouts.ts'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
  await story.customer('ada')
})
afterEach(() => story.close())

test('asked for again, the same checkout comes back', async () => {
  const first = await story.subscribe('ada', 'pro')
  const second = await story.subscribe('ada', 'pro')
  assert.equal(second.id, first.id)
  assert.equal(second.checkoutUrl, first.checkoutUrl)
  assert.equal((await story.invoices('ada')).length, 1)
})

test('a promo code that was typed in the checkout is no other selection: asked for again, both stay', async () => {
  const { client } = story.world
  await client.promoCodes.create({ code: 'HALF', discountType: 'percentage', discountValue: 5000 })
  await client.promoCodes.create({ code: 'THIRD', discountType: 'percentage', discountValue: 3333 })
  const first = await story.subscribe('ada', 'pro')
  const token = first.checkoutUrl.split('/').at(-1)
  const typed = confirmation(cards.declined, { promoCode: 'half' })
  assert.equal((await hosted(story.world, 'POST', `${token}/confirm`, typed)).status, 402)
  for (const again of [{}, { promoCode: 'HALF' }]) {
    const second = await story.subscribe('ada', 'pro', again)
    assert.deepEqual([second.id, second.checkoutUrl], [first.id, first.checkoutUrl])
  }
  const half = 'plan_base 2900 + promo_code_discount -1450'
  assert.deepEqual(await story.invoices('ada'), [`recurring outstanding 2041-03-10..2041-04-10 1450 = ${half}`])
  // A code that the request names is part of what is asked for: without it, or with another, something else is.
  const other = await story.subscribe('ada', 'pro', { promoCode: 'THIRD' })
  assert.notEqual(other.id, first.id)
  assert.notEqual((await story.subscribe('ada', 'pro')).id, other.id)
})

test('another selection takes its place: the old one is canceled, its invoice voided', async () => {
  await story.plan('max', { price: 9900 })
  const first = await story.subscribe('ada', 'pro')
  const second = await story.subscribe('ada', 'max')
  assert.notEqual(second.id, first.id)
  const { data: old } = await story.world.client.subscriptions.get({ id: first.id })
  assert.equal(old?.status, 'canceled')
  assert.equal(old?.checkoutUrl, null)
  const { body } = await story.world.request('POST', `/api/v1/subscriptions/${first.id}/cancel`, { body: {} })
  assert.equal(body.error.code, 'subscription_already_canceled')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring void 2041-03-10..2041-04-10 2900 = plan_base 2900',
    'recurring outstanding 2041-03-10..2041-04-10 9900 = plan_base 9900',
  ])
  assert.equal((await story.pay(first.checkoutUrl)).status, 409)
  assert.equal((await story.pay(second.checkoutUrl)).status, 200)
  assert.deepEqual(await story.booked(), ['succeeded 9900'])
  const { rows } = await story.world.database.pool.query('select cancel_reason from subscription where id = $1', [
    first.id,
  ])
  assert.equal(rows[0].cancel_reason, 'replaced')
})

test('a price that changed meanwhile is another selection', async () => {
  const first = await story.subscribe('ada', 'pro')
  const { data: plan } = await story.world.client.plans.get({ id: 'pro' })
  await story.changePrice(plan?.id ?? '', 3900)
  const second = await story.subscribe('ada', 'pro')
  assert.notEqual(second.id, first.id)
  assert.equal((await story.invoices('ada'))[1], 'recurring outstanding 2041-03-10..2041-04-10 3900 = plan_base 3900')
})

test('a declined card may be followed by a good one', async () => {
  const { checkoutUrl } = await story.subscribe('ada', 'pro')
  const declined = await story.pay(checkoutUrl, cards.declined)
  assert.equal(declined.status, 402)
  assert.equal(declined.body.error.code, 'payment_failed')
  assert.equal(declined.body.error.details.declineCode, 'card_declined')
  assert.equal((await story.subscription('ada')).status, 'pending_payment')
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.equal((await story.subscription('ada')).status, 'active')
  // Paying what is paid charges nothing.
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.deepEqual(await story.booked(), ['declined 2900', 'succeeded 2900'])
  const { data } = await story.world.client.transactions.list({})
  assert.deepEqual(
    data?.map(({ status }) => status),
    ['succeeded', 'failed'],
  )
})

test('paid days later: the period begins with the payment', async () => {
  const { checkoutUrl } = await story.subscribe('ada', 'pro')
  await story.until('2041-03-20')
  await story.pay(checkoutUrl)
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2041-03-20..2041-04-20 2900 = plan_base 2900'])
  const { rows } = await story.world.database.pool.query('select starts_on, ends_on from invoice_line')
  assert.deepEqual(
    rows.map(({ starts_on, ends_on }) => `${starts_on}..${ends_on}`),
    ['2041-03-20..2041-04-20'],
  )
  assert.equal((await story.subscription('ada')).billingDayOfMonth, 20)
})

test('an authentication step: approved, the subscription runs', async () => {
  const { checkoutUrl } = await story.subscribe('ada', 'pro')
  const { body } = await story.pay(checkoutUrl, cards.asks)
  assert.equal(body.data.status, 'requires_action')
  assert.equal((await story.subscription('ada')).status, 'pending_payment')
  const { pathname } = new URL(body.data.action.url)
  const answered = await story.world.request('POST', pathname, {
    key: null,
    text: 'outcome=approve',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.equal(answered.status, 303)
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.deepEqual(await story.booked(), ['succeeded 2900'])
})

test('an authentication step that is not finished holds another selection up', async () => {
  const { checkoutUrl } = await story.subscribe('ada', 'pro')
  await story.pay(checkoutUrl, cards.asks)
  await story.plan('max', { price: 9900 })
  const body = { customerId: 'ada', planCode: 'max' }
  const { status, body: answer } = await story.world.request('POST', '/api/v1/subscriptions', { body })
  assert.equal(status, 409)
  assert.equal(answer.error.code, 'charge_in_progress')
})

test('a customer who has a subscription cannot get another', async () => {
  const { checkoutUrl } = await story.subscribe('ada', 'pro')
  await story.pay(checkoutUrl)
  const body = { customerId: 'ada', planCode: 'pro' }
  const { status, body: answer } = await story.world.request('POST', '/api/v1/subscriptions', { body })
  assert.equal(status, 409)
  assert.equal(answer.error.code, 'already_has_active_subscription')
})

test('twenty requests at once make one subscription with one invoice', async () => {
  const body = { customerId: 'ada', planCode: 'pro' }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => story.world.request('POST', '/api/v1/subscriptions', { body })),
  )
  assert.deepEqual(new Set(answers.map(({ body }) => body.data?.id)).size, 1)
  assert.equal((await story.invoices('ada')).length, 1)
})

test('an offer that waives the first period stores the card and charges nothing', async () => {
  await story.plan('gift', { price: 2900, intro: { type: 'percentage', value: 10_000, cycles: 1 } })
  const { checkoutUrl } = await story.subscribe('ada', 'gift')
  assert.equal((await story.pay(checkoutUrl)).body.data.status, 'succeeded')
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-03-10..2041-04-10 0 = plan_base 2900 + discount -2900',
  ])
  assert.deepEqual(await story.booked(), [])
  await story.until('2041-04-10')
  assert.deepEqual(await story.booked(), ['succeeded 2900'])
  assert.deepEqual((await story.events('ada')).slice(5), [
    'payment_method.attached',
    'subscription.activated',
    'invoice.upcoming',
    'invoice.created',
    'payment.received',
  ])
})

test('planId and planCode: one of them', async () => {
  for (const body of [{ customerId: 'ada' }, { customerId: 'ada', planId: 'pro', planCode: 'pro' }]) {
    assert.equal((await story.world.request('POST', '/api/v1/subscriptions', { body })).status, 422)
  }
})

test('a plan without a price cannot be bought, an interval it lacks cannot be found', async () => {
  await story.world.client.plans.create({ code: 'bare', name: 'Bare' })
  const bare = { customerId: 'ada', planCode: 'bare' }
  assert.equal(
    (await story.world.request('POST', '/api/v1/subscriptions', { body: bare })).body.error.code,
    'no_prices_configured',
  )
  const yearly = { customerId: 'ada', planCode: 'pro', billingInterval: 'yearly' }
  assert.equal(
    (await story.world.request('POST', '/api/v1/subscriptions', { body: yearly })).body.error.code,
    'price_not_found',
  )
})

test('a start date in the future: a draft until its day', async () => {
  const draft = await story.subscribe('ada', 'pro', { startDate: '2041-04-01T00:00:00.000Z' })
  assert.equal(draft.status, 'draft')
  assert.equal(draft.checkoutUrl, null)
  assert.deepEqual(await story.invoices('ada'), [])
  await story.until('2041-03-31')
  assert.equal((await story.subscription('ada')).status, 'draft')
  await story.until('2041-04-02')
  const pending = await story.subscription('ada')
  assert.equal(pending.status, 'pending_payment')
  assert.deepEqual(await story.invoices('ada'), ['recurring outstanding 2041-04-01..2041-05-01 2900 = plan_base 2900'])
  assert(pending.checkoutUrl)
  await story.pay(pending.checkoutUrl)
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2041-04-02..2041-05-02 2900 = plan_base 2900'])
})

test('a start date: today is at once, before today is refused, a draft can be canceled', async () => {
  const today = await story.subscribe('ada', 'pro', { startDate: '2041-03-10T00:00:00.000Z' })
  assert.equal(today.status, 'pending_payment')
  await story.customer('bob')
  const past = { customerId: 'bob', planCode: 'pro', startDate: '2041-03-09T23:59:59.000Z' }
  assert.equal((await story.world.request('POST', '/api/v1/subscriptions', { body: past })).status, 422)
  await story.subscribe('bob', 'pro', { startDate: '2041-05-01T00:00:00.000Z' })
  const { data } = await story.cancel('bob')
  assert.equal(data?.status, 'canceled')
  assert.equal(await story.until('2041-06-01'), 0)
})

test('a free plan on a future day begins by itself', async () => {
  await story.plan('free', { isFree: true, features: { calls: { included: 5 } } })
  await story.subscribe('ada', 'free', { startDate: '2041-04-01T09:00:00.000Z' })
  await assert.rejects(story.use('ada', 'calls', 1), { code: 'no_active_subscription' })
  await story.until('2041-04-01')
  assert.equal((await story.subscription('ada')).status, 'active')
  await story.use('ada', 'calls', 5)
})
