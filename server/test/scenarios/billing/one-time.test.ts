import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'

/** A one-time plan: paid once, with windows of a month for what is used and held. */
let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
  const { client } = story.world
  await story.plan('once', {
    interval: 'one_time',
    price: 50_000,
    features: { calls: { included: 100, beyond: 5000 } },
  })
  await client.features.create({ code: 'members', name: 'Members', type: 'seats' })
  await client.features.create({ code: 'disk', name: 'Disk', type: 'quota' })
  for (const [featureId, unitPrice] of [
    ['members', 100_000],
    ['disk', 20_000],
  ] as const) {
    await client.plans.addFeature({ id: 'once', featureId, includedAmount: 2, overage: { enabled: true, unitPrice } })
  }
})
afterEach(() => story.close())

test('every month bills what was used and is held, never a base again, and nothing where nothing is owed', async () => {
  await story.join('ada', 'once')
  await story.until('2041-04-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [])
  await story.use('ada', 'calls', 103)
  await story.until('2041-05-10')
  const { client } = story.world
  await client.seats.set({ customerId: 'ada', featureCode: 'members', count: 3 })
  await client.quota.set({ customerId: 'ada', featureCode: 'disk', count: 4 })
  await story.until('2041-06-10')
  await story.until('2041-07-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'overage paid 2041-04-10..2041-05-10 150 = 3 beyond 150',
    'overage paid 2041-05-10..2041-06-10 2800 = feature_seats 1000 + feature_quota 400 + feature_seats 1000 + feature_quota 400',
    'overage paid 2041-06-10..2041-07-10 1400 = feature_seats 1000 + feature_quota 400',
  ])
  const running = await story.subscription('ada')
  assert.deepEqual(
    [running.status, running.nextBillingDate, running.currentPeriod?.end],
    ['active', null, '2041-08-10T00:00:00.000Z'],
  )
})

test('no cancellation, also while past due; dunning ends it when overage is never paid', async () => {
  await story.join('ada', 'once', { card: cards.failsLater })
  await story.use('ada', 'calls', 200)
  await assert.rejects(story.cancel('ada'), { code: 'one_time_subscription_not_cancelable' })
  await assert.rejects(story.cancel('ada', { immediate: true }), { code: 'one_time_subscription_not_cancelable' })
  await story.until('2041-04-10')
  assert.equal((await story.subscription('ada')).status, 'past_due')
  await assert.rejects(story.cancel('ada'), { code: 'one_time_subscription_not_cancelable' })
  await story.until('2041-05-10')
  assert.equal((await story.subscription('ada')).status, 'canceled')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'overage uncollectible 2041-03-10..2041-04-10 5000 = 100 beyond 5000',
  ])
})

test('given up and reactivated it is bought again, and its months begin anew', async () => {
  const id = await story.join('ada', 'once')
  const { data } = await story.world.client.transactions.list({ customerEmail: 'ada@example.com' })
  await story.world.client.transactions.refund({ id: data?.[0]?.id ?? '' })
  await story.goTo('2041-03-20')
  await story.world.client.subscriptions.reactivate({ id })
  await story.use('ada', 'calls', 110)
  await story.until('2041-04-20')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'reactivation paid 2041-03-20..2041-04-20 50000 = plan_base 50000',
    'overage paid 2041-03-20..2041-04-20 500 = 10 beyond 500',
  ])
})
