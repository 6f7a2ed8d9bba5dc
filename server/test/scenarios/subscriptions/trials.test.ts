import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900, trialDays: 14, features: { calls: { included: 100, beyond: 5000 } } })
})
afterEach(() => story.close())

test('a trial stores a card, charges nothing, and is charged at its end', async () => {
  await story.customer('ada')
  const pending = await story.subscribe('ada', 'pro')
  assert.equal(pending.status, 'pending_payment')
  assert.deepEqual(await story.invoices('ada'), [])
  await story.pay(pending.checkoutUrl)
  const trialing = await story.subscription('ada')
  assert.equal(trialing.status, 'trialing')
  assert.equal(trialing.trialEndsAt, '2041-03-24T00:00:00.000Z')
  assert.equal(trialing.nextBillingDate, '2041-03-24T00:00:00.000Z')
  assert.deepEqual(await story.booked(), [])
  await story.use('ada', 'calls', 90)
  await assert.rejects(story.use('ada', 'calls', 11), { code: 'included_limit_reached' })

  // The end is announced three days before.
  assert.equal(await story.until('2041-03-21'), 1)
  assert.equal(await story.until('2041-03-23'), 0)
  await story.until('2041-03-24')
  const active = await story.subscription('ada')
  assert.equal(active.status, 'active')
  assert.equal(active.billingDayOfMonth, 24)
  assert.deepEqual(active.features?.[0]?.usage?.current, 0)
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2041-03-24..2041-04-24 2900 = plan_base 2900'])
  await story.use('ada', 'calls', 102)
  await story.until('2041-04-24')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-24..2041-05-24 3000 = plan_base 2900 + 2 beyond 100',
  ])
  assert.deepEqual(await story.events('ada'), [
    'customer.created',
    'subscription.created',
    'trial.checkout_ready',
    'customer.updated',
    'payment_method.attached',
    'trial.started',
    'quota.threshold_reached',
    'trial.will_end',
    'trial.expired',
    'invoice.created',
    'payment.received',
    'subscription.activated',
    'quota.exceeded',
    'invoice.upcoming',
    'invoice.created',
    'payment.received',
  ])
})

test('customTrialDays replaces the days of the price, 0 and skipTrial mean no trial', async () => {
  await story.join('three', 'pro', { customTrialDays: 3 })
  assert.equal((await story.subscription('three')).trialEndsAt, '2041-03-13T00:00:00.000Z')
  await story.join('none', 'pro', { customTrialDays: 0 })
  assert.equal((await story.subscription('none')).status, 'active')
  await story.join('skipped', 'pro', { skipTrial: true })
  assert.equal((await story.subscription('skipped')).status, 'active')
  const both = { customerId: 'none', planCode: 'pro', skipTrial: true, customTrialDays: 3 }
  const { status, body } = await story.world.request('POST', '/api/v1/subscriptions', { body: both })
  assert.equal(status, 422)
  assert.equal(body.error.details[0].field, 'customTrialDays')
})

test('a trial of 730 days renews its windows month by month and is billed once it is over', async () => {
  await story.join('ada', 'pro', { customTrialDays: 730 })
  await story.use('ada', 'calls', 100)
  await story.until('2041-04-10')
  await story.use('ada', 'calls', 100)
  assert.equal((await story.subscription('ada')).trialEndsAt, '2043-03-10T00:00:00.000Z')
  await story.until('2043-03-09')
  assert.equal((await story.subscription('ada')).status, 'trialing')
  assert.deepEqual(await story.invoices('ada'), [])
  await story.until('2043-03-10')
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2043-03-10..2043-04-10 2900 = plan_base 2900'])
})

test('a trial whose card is declined at the end: past_due, access stays, nothing more is invoiced', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-03-24')
  const subscription = await story.subscription('ada')
  assert.equal(subscription.status, 'past_due')
  assert.deepEqual(await story.invoices('ada'), ['recurring outstanding 2041-03-24..2041-04-24 2900 = plan_base 2900'])
  assert.deepEqual((await story.events('ada')).slice(6), [
    'trial.will_end',
    'trial.expired',
    'invoice.created',
    'payment.failed',
    'subscription.past_due',
  ])
  await story.use('ada', 'calls', 1)
  await story.until('2041-06-24')
  assert.equal((await story.invoices('ada')).length, 1)
})

test('a trial that is canceled ends on its last day and costs nothing', async () => {
  await story.join('ada', 'pro')
  const { data: canceled } = await story.cancel('ada', { reason: 'not for us' })
  assert.equal(canceled?.status, 'trialing')
  assert.equal(canceled?.scheduledCancellationDate, '2041-03-24T00:00:00.000Z')
  await story.use('ada', 'calls', 1)
  await story.until('2041-03-24')
  const ended = await story.subscription('ada')
  assert.equal(ended.status, 'canceled')
  assert.equal(ended.endDate, '2041-03-24T00:00:00.000Z')
  assert.deepEqual(await story.invoices('ada'), [])
  await assert.rejects(story.use('ada', 'calls', 1), { code: 'no_active_subscription' })
})

test('a trial that is canceled at once is over', async () => {
  await story.join('ada', 'pro')
  const { data } = await story.cancel('ada', { immediate: true })
  assert.equal(data?.status, 'canceled')
  assert.deepEqual(await story.invoices('ada'), [])
})

test('the price of the day a trial ends is charged, with the intro offer counted from there', async () => {
  const plan = await story.plan('offer', {
    price: 1000,
    trialDays: 7,
    intro: { type: 'percentage', value: 5000, cycles: 2 },
  })
  await story.join('ada', 'offer')
  await story.changePrice(plan, 2000)
  await story.until('2041-06-20')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-03-17..2041-04-17 1000 = plan_base 2000 + discount -1000',
    'recurring paid 2041-04-17..2041-05-17 1000 = plan_base 2000 + discount -1000',
    'recurring paid 2041-05-17..2041-06-17 2000 = plan_base 2000',
    'recurring paid 2041-06-17..2041-07-17 2000 = plan_base 2000',
  ])
})

test('a trial that runs out without a card waits for a checkout, and is paid from the day it is completed', async () => {
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 5)
  await story.world.database.pool.query('update payment_method set detached_at = now(), is_default = false')
  await story.until('2041-03-25')
  const waiting = await story.subscription('ada')
  assert.equal(waiting.status, 'pending_payment')
  assert(waiting.checkoutUrl)
  assert.deepEqual(await story.invoices('ada'), ['recurring outstanding 2041-03-24..2041-04-24 2900 = plan_base 2900'])
  await assert.rejects(story.use('ada', 'calls', 1), { code: 'no_active_subscription' })
  await story.goTo('2041-03-28')
  assert.equal((await story.pay(waiting.checkoutUrl)).status, 200)
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2041-03-28..2041-04-28 2900 = plan_base 2900'])
  assert.equal((await story.subscription('ada')).status, 'active')
  await story.until('2041-04-28')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-28..2041-05-28 2900 = plan_base 2900',
  ])
})

test('a trial of a very cheap plan that runs out without a card has its checkout all the same', async () => {
  await story.plan('cheap', { price: 30, trialDays: 7 })
  await story.join('ada', 'cheap')
  await story.world.database.pool.query('update payment_method set detached_at = now(), is_default = false')
  await story.until('2041-03-17')
  const { checkoutUrl } = await story.subscription('ada')
  assert(checkoutUrl)
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2041-03-17..2041-04-17 30 = plan_base 30'])
})

test('a trial of a very cheap plan with a card: the first periods wait until they are worth a charge', async () => {
  await story.plan('cheap', { price: 30, trialDays: 7 })
  await story.join('ada', 'cheap')
  await story.until('2041-04-17')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-04-17..2041-05-17 60 = plan_base 30 + plan_base 30',
  ])
  assert.equal((await story.events('ada')).at(-1), 'subscription.activated')
})
