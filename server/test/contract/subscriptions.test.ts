import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, confirmation, hosted } from '../support/checkouts.ts'
import { createWorld } from '../support/world.ts'

// Time stands still on 31 January 2044, so that every day below is a written one.
const world = await createWorld()
const { client } = world
after(() => world.close())
before(async () => {
  for (const frozenTime of ['2028-01-31', '2030-01-30', '2032-01-29', '2034-01-28', '2036-01-28', '2038-01-27'])
    await client.testClock.advance({ frozenTime: `${frozenTime}T12:00:00.000Z` })
  for (const frozenTime of ['2040-01-26', '2042-01-25', '2044-01-24', '2044-01-31'])
    await client.testClock.advance({ frozenTime: `${frozenTime}T12:00:00.000Z` })
  await client.features.create({ name: 'API calls', code: 'api_calls', type: 'usage' })
  const { data: pro } = await client.plans.create({ name: 'Pro', code: 'pro' })
  assert(pro)
  await client.plans.addFeature({ id: 'pro', featureId: 'api_calls', includedAmount: 1000 })
  await client.plans.addPrice({ id: 'pro', billingInterval: 'monthly', price: 2900 })
  await client.plans.create({ name: 'Free', code: 'free', isFree: true })
})

/** A new customer with this own id, subscribed to a plan. */
async function subscribe(id: string, planCode: string) {
  await client.customers.create({ id, email: `${id}@example.com` })
  const { data } = await client.subscriptions.create({ customerId: id, planCode })
  assert(data)
  return data
}

async function pay(checkoutUrl: string | null, card: string = cards.pays) {
  const token = checkoutUrl?.split('/').at(-1)
  return hosted(world, 'POST', `${token}/confirm`, confirmation(card))
}

/** A customer who has paid for the plan pro. */
async function payingCustomer(id: string): Promise<string> {
  const subscription = await subscribe(id, 'pro')
  const { status, body } = await pay(subscription.checkoutUrl)
  assert.deepEqual([status, body.data], [200, { status: 'succeeded' }])
  return subscription.id
}

test('Subscriptions.create', async () => {
  await client.customers.create({ id: 'ada', email: 'ada@example.com' })
  const body = { customerId: 'ada', planCode: 'pro', name: 'Team', successUrl: 'https://example.com/done' }
  const answer = await world.request('POST', '/api/v1/subscriptions', { body })
  assert.equal(answer.status, 201)
  const { id, plan, checkoutUrl, ...rest } = answer.body.data
  assert.match(id, /^sub_[0-9a-z]{26}$/)
  assert.deepEqual({ ...plan, id: undefined }, { id: undefined, name: 'Pro', basePrice: 2900 })
  assert.match(checkoutUrl, /^http:\/\/halley\.test\/checkout\/[\w.-]+$/)
  assert.deepEqual(rest, {
    customerId: 'ada',
    name: 'Team',
    description: null,
    status: 'pending_payment',
    billingInterval: 'monthly',
    consumptionModel: 'metered',
    trialEndsAt: null,
    currentPeriod: null,
    features: [
      {
        code: 'api_calls',
        name: 'API calls',
        type: 'usage',
        enabled: true,
        usage: { current: 0, included: 1000, overageQuantity: 0 },
      },
    ],
    credits: null,
    balance: null,
    cancellation: null,
    cancelAtPeriodEnd: false,
    scheduledPlanChange: null,
    discount: null,
    startDate: '2044-01-31T12:00:00.000Z',
    endDate: null,
    billingDayOfMonth: null,
    nextBillingDate: null,
    checkoutProvider: 'commet',
    createdAt: '2044-01-31T12:00:00.000Z',
    updatedAt: '2044-01-31T12:00:00.000Z',
    object: 'subscription',
    livemode: false,
  })
  const again = await world.request('POST', '/api/v1/subscriptions', { body })
  assert.deepEqual([again.status, again.body.data.id, again.body.data.checkoutUrl], [200, id, checkoutUrl])
})

test('Subscriptions.create: a paid checkout activates it, on the day that is its billing day', async () => {
  const id = await payingCustomer('grace')
  const { data } = await client.subscriptions.get({ id })
  assert.equal(data?.status, 'active')
  assert.equal(data?.checkoutUrl, null)
  assert.equal(data?.billingDayOfMonth, 31)
  assert.equal(data?.nextBillingDate, '2044-02-29T00:00:00.000Z')
  assert.deepEqual(data?.currentPeriod, {
    start: '2044-01-31T00:00:00.000Z',
    end: '2044-02-29T00:00:00.000Z',
    daysRemaining: 29,
  })
})

test('Subscriptions.create: a free plan is active at once', async () => {
  const subscription = await subscribe('free_rider', 'free')
  assert.equal(subscription.status, 'active')
  assert.equal(subscription.billingInterval, null)
  assert.equal(subscription.checkoutUrl, null)
  assert.equal(subscription.nextBillingDate, null)
  await assert.rejects(client.subscriptions.create({ customerId: 'free_rider', planCode: 'pro' }), {
    code: 'already_has_active_subscription',
    statusCode: 409,
  })
})

test('Subscriptions.create: a declined card leaves it waiting, and another card pays it', async () => {
  const subscription = await subscribe('patient', 'pro')
  const declined = await pay(subscription.checkoutUrl, cards.declined)
  assert.equal(declined.status, 402)
  assert.equal(declined.body.error.code, 'payment_failed')
  assert.equal(declined.body.error.details.declineCode, 'card_declined')
  assert.equal((await client.subscriptions.get({ id: subscription.id })).data?.status, 'pending_payment')
  assert.equal((await pay(subscription.checkoutUrl)).status, 200)
  assert.equal((await client.subscriptions.get({ id: subscription.id })).data?.status, 'active')
})

test('Subscriptions.create: what cannot be subscribed is refused', async () => {
  await client.customers.create({ id: 'nobody_yet', email: 'nobody@example.com' })
  const create = (body: Record<string, unknown>) => world.request('POST', '/api/v1/subscriptions', { body })
  const refused: [Record<string, unknown>, number, string][] = [
    [{ customerId: 'nobody_yet' }, 422, 'validation_error'],
    [{ customerId: 'nobody_yet', planId: 'pro', planCode: 'pro' }, 422, 'validation_error'],
    [{ customerId: 'nobody_yet', planCode: 'pro', customTrialDays: 7, skipTrial: true }, 422, 'validation_error'],
    [{ customerId: 'nobody_yet', planCode: 'pro', startDate: '2044-01-30T23:59:59.000Z' }, 422, 'validation_error'],
    [{ customerId: 'nobody_yet', planCode: 'pro', billingInterval: 'yearly' }, 404, 'price_not_found'],
    [{ customerId: 'nobody_yet', planCode: 'nowhere' }, 404, 'plan_not_found'],
    [{ customerId: 'nowhere', planCode: 'pro' }, 404, 'customer_not_found'],
  ]
  for (const [body, status, code] of refused) {
    const answer = await create(body)
    assert.deepEqual([answer.status, answer.body.error.code], [status, code], JSON.stringify(body))
  }
  await client.plans.create({ name: 'Unpriced', code: 'unpriced' })
  const unpriced = await create({ customerId: 'nobody_yet', planCode: 'unpriced' })
  assert.deepEqual([unpriced.status, unpriced.body.error.code], [409, 'no_prices_configured'])
})

test('Subscriptions.get', async () => {
  const created = await subscribe('got', 'pro')
  assert.deepEqual((await client.subscriptions.get({ id: created.id })).data, created)
  const unknown = { code: 'subscription_not_found', statusCode: 404 }
  await assert.rejects(client.subscriptions.get({ id: 'sub_nowhere' }), unknown)
  await assert.rejects(world.liveClient.subscriptions.get({ id: created.id }), unknown)
})

test('Subscriptions.list', async () => {
  const older = await subscribe('listed_first', 'free')
  const newer = await subscribe('listed_second', 'pro')
  const { data, hasMore } = await client.subscriptions.list()
  assert.deepEqual(
    data?.slice(0, 2).map(({ id }) => id),
    [newer.id, older.id],
  )
  assert.equal(hasMore, false)
  const ofCustomer = await client.subscriptions.list({ customerId: 'listed_first' })
  assert.deepEqual(
    ofCustomer.data?.map(({ id }) => id),
    [older.id],
  )
  const active = await client.subscriptions.list({ customerId: 'listed_second', status: 'active' })
  assert.deepEqual(active.data, [])
  assert.deepEqual((await client.subscriptions.list({ customerId: 'nowhere' })).data, [])
  assert.deepEqual((await world.liveClient.subscriptions.list()).data, [])
})

test('Subscriptions.getActive', async () => {
  await client.customers.create({ id: 'single', email: 'single@example.com' })
  assert.equal((await client.subscriptions.getActive({ customerId: 'single' })).data, null)
  const { data: created } = await client.subscriptions.create({ customerId: 'single', planCode: 'pro' })
  assert.deepEqual((await client.subscriptions.getActive({ customerId: 'single' })).data, created)
  await client.subscriptions.cancel({ id: created?.id ?? '' })
  assert.equal((await client.subscriptions.getActive({ customerId: 'single' })).data, null)
  await assert.rejects(client.subscriptions.getActive({ customerId: 'nowhere' }), { code: 'customer_not_found' })
})

test('Subscriptions.cancel', async () => {
  const id = await payingCustomer('leaving')
  const { data } = await client.subscriptions.cancel({ id, reason: 'Too expensive' })
  assert.deepEqual(data, {
    id,
    customerId: 'leaving',
    status: 'active',
    canceledAt: '2044-01-31T12:00:00.000Z',
    cancelReason: 'Too expensive',
    scheduledCancellationDate: '2044-02-29T00:00:00.000Z',
    updatedAt: '2044-01-31T12:00:00.000Z',
    object: 'subscription',
    livemode: false,
  })
  const { data: scheduled } = await client.subscriptions.get({ id })
  assert.equal(scheduled?.cancelAtPeriodEnd, true)
  assert.equal(scheduled?.nextBillingDate, null)
  assert.deepEqual(scheduled?.cancellation, {
    scheduledAt: '2044-01-31T12:00:00.000Z',
    reason: 'Too expensive',
    effectiveAt: '2044-02-29T00:00:00.000Z',
  })
  await assert.rejects(client.subscriptions.cancel({ id }), { code: 'already_scheduled', statusCode: 409 })
})

test('Subscriptions.cancel: at once when asked for, and twice is refused', async () => {
  const id = await payingCustomer('gone')
  const { data } = await client.subscriptions.cancel({ id, immediate: true })
  assert.equal(data?.status, 'canceled')
  assert.equal(data?.scheduledCancellationDate, '2044-01-31T12:00:00.000Z')
  assert.equal(data?.cancelReason, null)
  await assert.rejects(client.subscriptions.cancel({ id }), { code: 'subscription_already_canceled', statusCode: 409 })
  await assert.rejects(client.subscriptions.cancel({ id: 'sub_nowhere' }), { code: 'subscription_not_found' })
})

test('Subscriptions.cancel: one that was never paid ends at once, and its invoice is void', async () => {
  const { id } = await subscribe('undecided', 'pro')
  assert.equal((await client.subscriptions.cancel({ id })).data?.status, 'canceled')
  const { data: invoices } = await client.invoices.list({ subscriptionId: id })
  assert.deepEqual(
    invoices?.map(({ status }) => status),
    ['void'],
  )
})

test('Subscriptions.uncancel', async () => {
  const id = await payingCustomer('staying')
  await assert.rejects(client.subscriptions.uncancel({ id }), {
    code: 'not_scheduled_for_cancellation',
    statusCode: 409,
  })
  await client.subscriptions.cancel({ id })
  const { data } = await client.subscriptions.uncancel({ id })
  assert.deepEqual(data, {
    id,
    customerId: 'staying',
    status: 'active',
    updatedAt: '2044-01-31T12:00:00.000Z',
    object: 'subscription',
    livemode: false,
  })
  const { data: running } = await client.subscriptions.get({ id })
  assert.equal(running?.cancellation, null)
  assert.equal(running?.nextBillingDate, '2044-02-29T00:00:00.000Z')
})
