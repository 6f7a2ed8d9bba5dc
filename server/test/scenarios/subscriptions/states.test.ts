import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
})
afterEach(() => story.close())

test('a subscription tells the state before each of its turns: created, activated, to be canceled, not, canceled', async () => {
  await story.plan('pro', { price: 2900, features: { calls: { included: 100 } } })
  await story.join('ada', 'pro')
  const { id } = await story.subscription('ada')
  const { client } = story.world
  await client.subscriptions.cancel({ id })
  await client.subscriptions.uncancel({ id })
  await client.subscriptions.cancel({ id, immediate: true })
  assert.deepEqual(await story.states('ada'), [
    'subscription_created: pending_payment before subscription.created',
    'subscription_activated: active before subscription.activated',
    'cancellation_scheduled: active before subscription.cancellation_scheduled',
    'cancellation_revoked: active before subscription.cancellation_revoked',
    'subscription_canceled: none before subscription.canceled',
  ])
  const told = await story.told('ada')
  const last = told.findLast(({ type }) => type === 'customer.state_changed')
  assert.deepEqual(last?.data, {
    customerId: 'ada',
    trigger: 'subscription_canceled',
    status: 'none',
    subscriptionId: null,
    plan: null,
    billingInterval: null,
    consumptionModel: null,
    features: [],
    seats: [],
    credits: null,
    balance: null,
  })
})

test('before it is paid a subscription allows nothing; free plans have access at once', async () => {
  await story.plan('pro', { price: 2900, features: { calls: { included: 100 } } })
  await story.plan('free', { isFree: true, features: { calls: { included: 5 } } })
  await story.customer('ada')
  await story.subscribe('ada', 'pro')
  await story.customer('bob')
  await story.subscribe('bob', 'free')
  const allowed = async (who: string) => {
    const told = await story.told(who)
    const states = told.filter(({ type }) => type === 'customer.state_changed')
    return states.map(({ data }) => {
      const [feature] = data.features as { allowed: boolean; included: number; remaining: number }[]
      return [data.trigger, data.status, feature?.allowed, feature?.included, feature?.remaining]
    })
  }
  assert.deepEqual(await allowed('ada'), [['subscription_created', 'pending_payment', false, 100, 100]])
  assert.deepEqual(await allowed('bob'), [['subscription_created', 'active', true, 5, 5]])
  assert.deepEqual(await story.states('bob'), ['subscription_created: active before subscription.created'])
})

test('a trial tells its beginning and its end, and a card that fails later that it is past due', async () => {
  await story.plan('pro', { price: 2900, trialDays: 14, features: { calls: { included: 100 } } })
  await story.customer('ada')
  await story.pay((await story.subscribe('ada', 'pro')).checkoutUrl, cards.failsLater)
  await story.until('2041-03-24')
  assert.deepEqual(await story.states('ada'), [
    'subscription_created: pending_payment before subscription.created',
    'trial_started: trialing before trial.started',
    'trial_expired: active before trial.expired',
    'past_due: past_due before subscription.past_due',
  ])
})

test('the end of what is included, through the API: 80 %, then the state, then the end, then refusals', async () => {
  await story.plan('free', { isFree: true, features: { calls: { included: 10 } } })
  await story.customer('ada')
  await story.subscribe('ada', 'free')
  await story.use('ada', 'calls', 8)
  await story.use('ada', 'calls', 2)
  await assert.rejects(story.use('ada', 'calls', 1), { code: 'included_limit_reached' })
  const told = (await story.told('ada')).slice(-3)
  assert.deepEqual(
    told.map(({ type }) => type),
    ['quota.threshold_reached', 'customer.state_changed', 'quota.exceeded'],
  )
})
