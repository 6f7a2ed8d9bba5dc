import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
})
afterEach(() => story.close())

test('scheduled: access to the last day, then the overage of that window and nothing else', async () => {
  await story.join('ada', 'pro')
  const { data } = await story.cancel('ada', { reason: 'too dear' })
  assert.equal(data?.status, 'active')
  assert.equal(data?.cancelReason, 'too dear')
  assert.equal(data?.scheduledCancellationDate, '2041-04-10T00:00:00.000Z')
  const scheduled = await story.subscription('ada')
  assert.equal(scheduled.cancelAtPeriodEnd, true)
  assert.equal(scheduled.nextBillingDate, null)
  assert.equal(scheduled.cancellation?.effectiveAt, '2041-04-10T00:00:00.000Z')
  await assert.rejects(story.cancel('ada'), { code: 'already_scheduled' })

  await story.use('ada', 'calls', 120)
  await story.until('2041-04-10')
  const ended = await story.subscription('ada')
  assert.equal(ended.status, 'canceled')
  assert.equal(ended.cancelAtPeriodEnd, false)
  assert.equal(ended.endDate, '2041-04-10T00:00:00.000Z')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'overage paid 2041-03-10..2041-04-10 1000 = 20 beyond 1000',
  ])
  await assert.rejects(story.use('ada', 'calls', 1), { code: 'no_active_subscription' })
  await assert.rejects(story.cancel('ada'), { code: 'subscription_already_canceled' })
  await assert.rejects(story.uncancel('ada'), { code: 'not_scheduled_for_cancellation' })
  assert.equal(await story.until('2041-07-10'), 0)
  assert.deepEqual((await story.events('ada')).slice(-6), [
    'subscription.cancellation_scheduled',
    'subscription.updated',
    'quota.exceeded',
    'invoice.created',
    'subscription.canceled',
    'payment.received',
  ])
})

test('scheduled and taken back: it renews as if nothing had been asked for', async () => {
  await story.join('ada', 'pro')
  await assert.rejects(story.uncancel('ada'), { code: 'not_scheduled_for_cancellation' })
  await story.cancel('ada')
  const { data } = await story.uncancel('ada')
  assert.equal(data?.status, 'active')
  const running = await story.subscription('ada')
  assert.equal(running.cancelAtPeriodEnd, false)
  assert.equal(running.cancellation, null)
  assert.equal(running.nextBillingDate, '2041-04-10T00:00:00.000Z')
  await story.until('2041-04-10')
  assert.equal((await story.invoices('ada')).length, 2)
  assert.deepEqual((await story.events('ada')).slice(8, 12), [
    'subscription.cancellation_scheduled',
    'subscription.updated',
    'subscription.cancellation_revoked',
    'subscription.updated',
  ])
})

test('a cancellation whose day has passed cannot be taken back, also before billing has run', async () => {
  await story.join('ada', 'pro')
  await story.cancel('ada')
  await story.goTo('2041-04-11')
  await assert.rejects(story.uncancel('ada'), { code: 'not_scheduled_for_cancellation' })
  await story.bill()
  assert.equal((await story.subscription('ada')).status, 'canceled')
})

test('quarterly: the months until the end are billed for their overage, the last one at the end', async () => {
  await story.plan('quarter', {
    interval: 'quarterly',
    price: 8000,
    features: { calls: { included: 100, beyond: 5000 } },
  })
  await story.join('ada', 'quarter')
  await story.cancel('ada')
  await story.use('ada', 'calls', 101)
  await story.until('2041-04-15')
  await story.use('ada', 'calls', 102)
  await story.until('2041-05-15')
  await story.use('ada', 'calls', 103)
  await story.until('2041-06-15')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'overage paid 2041-03-10..2041-04-10 50 = 1 beyond 50',
    'overage paid 2041-04-10..2041-05-10 100 = 2 beyond 100',
    'overage paid 2041-05-10..2041-06-10 150 = 3 beyond 150',
  ])
  assert.equal((await story.subscription('ada')).status, 'canceled')
})

test('immediate: usage up to now is billed and charged, nothing is refunded', async () => {
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 104)
  await story.goTo('2041-03-20')
  const { data } = await story.cancel('ada', { immediate: true })
  assert.equal(data?.status, 'canceled')
  assert.equal(data?.scheduledCancellationDate, data?.canceledAt)
  assert.deepEqual((await story.invoices('ada')).slice(1), ['overage paid 2041-03-10..2041-03-20 200 = 4 beyond 200'])
  await assert.rejects(story.use('ada', 'calls', 1), { code: 'no_active_subscription' })
  assert.equal(await story.until('2041-07-10'), 0)
})

test('immediate on the first day', async () => {
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 104)
  await story.cancel('ada', { immediate: true })
  assert.deepEqual((await story.invoices('ada')).slice(1), ['overage paid 2041-03-10..2041-03-11 200 = 4 beyond 200'])
})

test('immediate after a scheduled one takes effect at once', async () => {
  await story.join('ada', 'pro')
  await story.cancel('ada')
  const { data } = await story.cancel('ada', { immediate: true, reason: 'now' })
  assert.equal(data?.status, 'canceled')
})

test('immediate after a scheduled one without a reason of its own keeps the reason that was given', async () => {
  await story.join('ada', 'pro')
  await story.cancel('ada', { reason: 'too dear' })
  const { data } = await story.cancel('ada', { immediate: true })
  assert.deepEqual([data?.status, data?.cancelReason], ['canceled', 'too dear'])
})

test('immediate when a renewal is due but has not run: the renewal is billed first', async () => {
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 104)
  await story.goTo('2041-04-20')
  await story.use('ada', 'calls', 110)
  const { data } = await story.cancel('ada', { immediate: true })
  assert.equal(data?.status, 'canceled')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-10..2041-05-10 3100 = plan_base 2900 + 4 beyond 200',
    'overage paid 2041-04-10..2041-04-20 500 = 10 beyond 500',
  ])
})

test('at the end of the period when a renewal is due but has not run: the period that has begun is the last', async () => {
  await story.join('ada', 'pro')
  await story.goTo('2041-04-20')
  const { data } = await story.cancel('ada')
  assert.equal(data?.scheduledCancellationDate, '2041-05-10T00:00:00.000Z')
  await story.until('2041-06-10')
  assert.equal((await story.invoices('ada')).length, 2)
})

test('a final invoice that is declined stays outstanding: no past_due, never tried again', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.use('ada', 'calls', 120)
  await story.cancel('ada')
  await story.until('2041-04-10')
  assert.equal((await story.subscription('ada')).status, 'canceled')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'overage outstanding 2041-03-10..2041-04-10 1000 = 20 beyond 1000',
  ])
  assert.deepEqual((await story.events('ada')).slice(-3), [
    'invoice.created',
    'subscription.canceled',
    'payment.failed',
  ])
  await story.until('2041-08-10')
  assert.deepEqual(await story.booked(), ['succeeded 2900', 'declined 1000'])
})

test('what an ended subscription owes was declined and is paid: told as recovered, and nothing of it begins again', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.use('ada', 'calls', 120)
  await story.cancel('ada', { immediate: true })
  const states = await story.states('ada')
  const { data } = await story.world.client.subscriptions.createRecoveryLink({
    id: (await story.subscription('ada')).id,
  })
  const led = await fetch(`${story.world.url}/recover/${data?.token}`, { redirect: 'manual' })
  assert.equal((await story.pay(led.headers.get('location') ?? '')).status, 200)
  assert.deepEqual((await story.events('ada')).slice(-5), [
    'subscription.canceled',
    'payment.failed',
    'payment_method.updated',
    'payment.received',
    'payment.recovered',
  ])
  assert.deepEqual(await story.states('ada'), states)
  assert.equal((await story.subscription('ada')).status, 'canceled')
  const { rows } = await story.world.database.pool.query('select kind from mail order by id desc limit 1')
  assert.deepEqual(rows, [{ kind: 'receipt' }])
})

test('what an ended subscription owes was declined and is settled elsewhere: told as recovered, once', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.use('ada', 'calls', 120)
  await story.cancel('ada', { immediate: true })
  const { data } = await story.world.client.invoices.list({ status: 'outstanding' })
  await story.world.client.invoices.updateStatus({ id: data?.[0]?.id ?? '', status: 'paid' })
  assert.deepEqual((await story.events('ada')).slice(-3), ['payment.failed', 'payment.received', 'payment.recovered'])
})

test('past_due: canceled at once, the unpaid invoice is voided, usage since then is billed', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  assert.equal((await story.subscription('ada')).status, 'past_due')
  await story.use('ada', 'calls', 104)
  await story.goTo('2041-04-14')
  await story.use('ada', 'calls', 110)
  const { data } = await story.cancel('ada')
  assert.equal(data?.status, 'canceled')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring void 2041-04-10..2041-05-10 2900 = plan_base 2900',
    'overage outstanding 2041-04-10..2041-04-14 5700 = 114 beyond 5700',
  ])
  const { rows } = await story.world.database.pool.query('select from usage_counter where not closed')
  assert.equal(rows.length, 0)
})

test('free: at once', async () => {
  await story.plan('free', { isFree: true, features: { calls: { included: 100 } } })
  await story.join('ada', 'free')
  const { data } = await story.cancel('ada')
  assert.equal(data?.status, 'canceled')
  assert.deepEqual(await story.invoices('ada'), [])
  await story.join('bob', 'free')
})

test('pending_payment: the checkout is closed and its invoice voided', async () => {
  await story.customer('ada')
  const { checkoutUrl } = await story.subscribe('ada', 'pro')
  const { data } = await story.cancel('ada')
  assert.equal(data?.status, 'canceled')
  assert.deepEqual(await story.invoices('ada'), ['recurring void 2041-03-10..2041-04-10 2900 = plan_base 2900'])
  assert.equal((await story.pay(checkoutUrl)).status, 409)
  assert.deepEqual(await story.booked(), [])
})

test('a canceled customer may subscribe again', async () => {
  await story.join('ada', 'pro')
  await story.cancel('ada', { immediate: true })
  const again = await story.subscribe('ada', 'pro')
  await story.pay(again.checkoutUrl)
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.equal((await story.subscription('ada')).features?.[0]?.usage?.current, 0)
})

test('a lower price counts for what is billed at once, also when the change has the same moment as the cancellation', async () => {
  const plan = await story.plan('sale', { price: 2900, features: { minutes: { included: 100, beyond: 5000 } } })
  await story.join('ada', 'sale')
  await story.use('ada', 'minutes', 120)
  const { client } = story.world
  await client.plans.updateFeature({ id: plan, featureId: 'minutes', overage: { enabled: true, unitPrice: 3000 } })
  await story.cancel('ada', { immediate: true })
  assert.deepEqual((await story.invoices('ada')).slice(1), ['overage paid 2041-03-10..2041-03-11 600 = 20 beyond 600'])
})
