import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards } from '../../support/billing-stories.ts'
import { ChangeStory, refusal } from '../../support/plan-changes.ts'

let story: ChangeStory
let plans: { free: string; pro: string; business: string }
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-01')
  const calls = { included: 10, beyond: 10_000 }
  plans = {
    free: await story.plan('free', { isFree: true, features: { calls: { included: 5 } } }),
    pro: await story.plan('pro', { price: 2900, features: { calls } }),
    business: await story.plan('business', { price: 9900, features: { calls } }),
  }
  await story.price(plans.business, { interval: 'yearly', price: 99_000 })
  await story.price(plans.business, { interval: 'weekly', price: 3000 })
  await story.group(plans.free, plans.pro, plans.business)
})
afterEach(() => story.close())

test('an earlier plan waits for the end of the period, with what was used billed at old terms', async () => {
  await story.join('ada', 'business')
  await story.goTo('2041-06-16')
  const { status, body } = await story.change('ada', { newPlanId: 'pro' })
  assert.equal(status, 200)
  const { id } = await story.subscription('ada')
  assert.deepEqual(body.data, {
    id,
    scheduled: true,
    scheduledFor: '2041-07-01T00:00:00.000Z',
    changeType: 'subscription.plan_downgrade',
    customerId: 'ada',
    newPlanId: plans.pro,
    newPlanName: 'pro',
    previousPlan: { id: plans.business, name: 'business' },
    currentPlan: { id: plans.business, name: 'business', price: 9900 },
    billingInterval: 'monthly',
    object: 'subscription',
    livemode: false,
  })
  const scheduled = await story.subscription('ada')
  assert.equal(scheduled.plan.name, 'business')
  assert.deepEqual(scheduled.scheduledPlanChange, {
    changeType: 'plan_downgrade',
    newPlanId: plans.pro,
    newPlanName: 'pro',
    newBillingInterval: null,
    scheduledFor: '2041-07-01T00:00:00.000Z',
  })
  await story.use('ada', 'calls', 12)
  await story.until('2041-07-01')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-07-01..2041-08-01 3100 = plan_base 2900 + 2 beyond 200',
  ])
  const changed = await story.subscription('ada')
  assert.deepEqual([changed.plan.name, changed.plan.basePrice, changed.scheduledPlanChange], ['pro', 2900, null])
  assert.deepEqual((await story.events('ada')).slice(-4), [
    'invoice.upcoming',
    'subscription.plan_changed',
    'invoice.created',
    'payment.received',
  ])
  await story.until('2041-08-01')
  assert.equal((await story.invoices('ada')).at(-1), 'recurring paid 2041-08-01..2041-09-01 2900 = plan_base 2900')
  await story.assertExplained('ada')
})

test('another request replaces what was scheduled, and the same one again is refused', async () => {
  await story.join('ada', 'business')
  await story.change('ada', { newPlanId: 'pro' })
  assert.equal(refusal(await story.change('ada', { newPlanId: 'pro' })), '409 already_scheduled')
  assert.equal((await story.change('ada', { newPlanId: 'free' })).status, 200)
  assert.deepEqual((await story.events('ada')).slice(-3), [
    'subscription.plan_change_scheduled',
    'subscription.plan_change_revoked',
    'subscription.plan_change_scheduled',
  ])
  assert.equal((await story.subscription('ada')).scheduledPlanChange?.newPlanId, plans.free)
})

test('a shorter interval waits for the end of the year; billing days stay what they are', async () => {
  await story.goTo('2042-01-31')
  await story.join('ada', 'business', { billingInterval: 'yearly' })
  const { body } = await story.change('ada', { newBillingInterval: 'monthly' })
  assert.deepEqual(
    [body.data.changeType, body.data.newBillingInterval, body.data.scheduledFor],
    ['subscription.interval_change', 'monthly', '2043-01-31T00:00:00.000Z'],
  )
  assert.deepEqual((await story.subscription('ada')).scheduledPlanChange?.changeType, 'interval_change')
  await story.until('2043-04-01')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2043-01-31..2043-02-28 9900 = plan_base 9900',
    'recurring paid 2043-02-28..2043-03-31 9900 = plan_base 9900',
    'recurring paid 2043-03-31..2043-04-30 9900 = plan_base 9900',
  ])
})

test('to weekly, weeks are counted from the day of the change', async () => {
  await story.join('ada', 'business')
  await story.change('ada', { newBillingInterval: 'weekly' })
  await story.until('2041-07-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-07-01..2041-07-08 3000 = plan_base 3000',
    'recurring paid 2041-07-08..2041-07-15 3000 = plan_base 3000',
  ])
})

test('to a free plan: the period that ends is billed for the last time, then nothing more', async () => {
  await story.join('ada', 'pro')
  const { body } = await story.change('ada', { newPlanId: plans.free })
  assert.equal(body.data.scheduledFor, '2041-07-01T00:00:00.000Z')
  await story.use('ada', 'calls', 14)
  await story.until('2041-07-01')
  const free = await story.subscription('ada')
  assert.deepEqual(
    [free.status, free.plan.name, free.plan.basePrice, free.billingInterval, free.nextBillingDate],
    ['active', 'free', 0, null, null],
  )
  assert.deepEqual((await story.invoices('ada')).slice(1), ['overage paid 2041-06-01..2041-07-01 400 = 4 beyond 400'])
  const { data } = await story.world.client.featureAccess.get({ customerId: 'ada', code: 'calls' })
  assert.deepEqual([data?.current, data?.included], [0, 5])
  await story.until('2041-12-01')
  assert.equal((await story.invoices('ada')).length, 2)
  await story.assertExplained('ada')
})

test('a declined last invoice stays outstanding; the free plan goes on, and nothing is tried again', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.change('ada', { newPlanId: plans.free })
  await story.use('ada', 'calls', 14)
  await story.until('2041-09-01')
  const free = await story.subscription('ada')
  assert.deepEqual([free.status, free.plan.name], ['active', 'free'])
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'overage outstanding 2041-06-01..2041-07-01 400 = 4 beyond 400',
  ])
  assert.deepEqual(await story.booked(), ['succeeded 2900', 'declined 400'])
  const events = await story.events('ada')
  assert.equal(events.includes('subscription.past_due'), false)
  assert.equal(events.includes('payment.failed'), true)
})

test('less than the minimum charge is forgiven when a free plan follows', async () => {
  await story.join('ada', 'pro')
  await story.change('ada', { newPlanId: plans.free })
  await story.use('ada', 'calls', 10.1)
  await story.until('2041-07-02')
  assert.equal((await story.invoices('ada')).length, 1)
})

test('a scheduled cancellation drops a scheduled change, and another cannot be scheduled beside it', async () => {
  await story.join('ada', 'business')
  await story.change('ada', { newPlanId: 'pro' })
  await story.cancel('ada')
  assert.equal((await story.subscription('ada')).scheduledPlanChange, null)
  assert.deepEqual((await story.events('ada')).slice(-3), [
    'subscription.plan_change_revoked',
    'subscription.cancellation_scheduled',
    'subscription.updated',
  ])
  assert.equal(refusal(await story.change('ada', { newPlanId: 'pro' })), '409 already_scheduled')
  await story.uncancel('ada')
  assert.equal((await story.change('ada', { newPlanId: 'pro' })).status, 200)
})

test('an immediate end drops it too', async () => {
  await story.join('ada', 'business')
  await story.change('ada', { newPlanId: 'pro' })
  await story.cancel('ada', { immediate: true })
  assert.deepEqual((await story.events('ada')).slice(-2), ['subscription.plan_change_revoked', 'subscription.canceled'])
  assert.equal((await story.subscription('ada')).scheduledPlanChange, null)
})

test('deleting the plan revokes the change, and the period renews as it was', async () => {
  await story.join('ada', 'business')
  await story.change('ada', { newPlanId: 'pro' })
  await story.world.client.plans.delete({ id: plans.pro })
  assert.equal((await story.subscription('ada')).scheduledPlanChange, null)
  assert.deepEqual((await story.told('ada')).at(-1)?.type, 'subscription.plan_change_revoked')
  await story.until('2041-07-01')
  assert.equal((await story.invoices('ada')).at(-1), 'recurring paid 2041-07-01..2041-08-01 9900 = plan_base 9900')
})

test('a plan that is deleted once the change was due, before anybody came to it, takes the customer all the same', async () => {
  await story.join('ada', 'business')
  await story.change('ada', { newPlanId: 'pro' })
  await story.goTo('2041-07-02')
  await story.world.client.plans.delete({ id: plans.pro })
  await story.bill()
  assert.equal((await story.invoices('ada')).at(-1), 'recurring paid 2041-07-01..2041-08-01 2900 = plan_base 2900')
  assert.equal((await story.events('ada')).includes('subscription.plan_change_revoked'), false)
  await story.until('2041-08-01')
  assert.equal((await story.invoices('ada')).at(-1), 'recurring paid 2041-08-01..2041-09-01 2900 = plan_base 2900')
})

test('a plan that is deleted at the very end of a trial revokes the change, also where nobody can be charged', async () => {
  await story.join('ada', 'business', { customTrialDays: 10 })
  await story.join('bob', 'business', { customTrialDays: 10 })
  for (const customer of ['ada', 'bob']) await story.change(customer, { newPlanId: 'pro' })
  const { id } = (await story.world.client.customers.get({ id: 'bob' })).data ?? {}
  const withoutCard = 'update payment_method set detached_at = now(), is_default = false where customer_id = $1'
  await story.world.database.pool.query(withoutCard, [id])
  await story.goTo('2041-06-11T00:00:00.000Z')
  await story.world.client.plans.delete({ id: plans.pro })
  await story.bill()
  for (const [customer, status] of [
    ['ada', 'active'],
    ['bob', 'pending_payment'],
  ] as const) {
    const subscription = await story.subscription(customer)
    assert.deepEqual(
      [subscription.status, subscription.plan.name, subscription.scheduledPlanChange],
      [status, 'business', null],
    )
    const revoked = (await story.events(customer)).filter((type) => type === 'subscription.plan_change_revoked')
    assert.equal(revoked.length, 1, customer)
  }
})

test('a price that somebody will have at the end of the period is in use', async () => {
  await story.join('ada', 'business')
  await story.change('ada', { newPlanId: 'pro' })
  const { body } = await story.world.request('GET', `/api/v1/plans/${plans.pro}`)
  const priceId = body.data.prices[0].id
  const deleted = await story.world.request('DELETE', `/api/v1/plans/${plans.pro}/prices/${priceId}`)
  assert.equal(refusal(deleted), '409 price_in_use')
})

test('today’s price of the new plan is charged, not the one of the day it was asked for', async () => {
  await story.join('ada', 'business')
  await story.change('ada', { newPlanId: 'pro' })
  await story.changePrice(plans.pro, 3900)
  await story.until('2041-07-01')
  assert.equal((await story.invoices('ada')).at(-1), 'recurring paid 2041-07-01..2041-08-01 3900 = plan_base 3900')
})

test('seats beyond the target’s are warned of, and billed from its first period on', async () => {
  await story.seats(plans.pro, 2, 100_000)
  await story.seats(plans.business, 10, 100_000)
  await story.join('ada', 'business', { initialSeats: { seats: 5 } })
  const { body } = await story.change('ada', { newPlanId: 'pro' })
  assert.deepEqual(body.data.seatLimitWarning, {
    featureCode: 'seats',
    featureName: 'Seats',
    currentSeats: 5,
    included: 2,
    newPlanName: 'pro',
    effectiveDate: '2041-07-01T00:00:00.000Z',
  })
  await story.until('2041-07-01')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-07-01..2041-08-01 5900 = plan_base 2900 + feature_seats 3000',
  )
  await story.assertExplained('ada')
})

test('twenty changes of one day are carried out together', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `customer_${index}`)
  for (const name of names) {
    await story.join(name, 'business')
    assert.equal((await story.change(name, { newPlanId: 'pro' })).status, 200)
  }
  assert.equal(await story.until('2041-07-01'), 20)
  for (const name of names) {
    assert.equal((await story.invoices(name)).at(-1), 'recurring paid 2041-07-01..2041-08-01 2900 = plan_base 2900')
  }
})

test('a preview while a scheduled change is due is not judged by the plan that is over: that change is carried out first, by either', async () => {
  const { pro, business } = plans
  await story.join('ada', 'business')
  assert.equal((await story.change('ada', { newPlanId: pro })).body.data.scheduled, true)
  await story.goTo('2041-07-16')
  const { status, body } = await story.preview('ada', business)
  const { currentPlanCredit, newPlanCharge, estimatedTotal } = body.data
  assert.deepEqual([status, currentPlanCredit, newPlanCharge, estimatedTotal], [200, 1497, 9900, 8403])
  const changed = await story.change('ada', { newPlanId: business })
  // Pro was renewed on 1 July at $29.00: 16 of 31 days are left, $14.97.
  const { credit, charge, totalCharged } = changed.body.data.billing
  assert.deepEqual([credit, charge, totalCharged], [1497, 9900, 8403])
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-07-01..2041-08-01 2900 = plan_base 2900',
    'plan_change paid 2041-07-16..2041-08-16 8403 = plan_base 9900 + credit -1497',
  ])
})
