import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'
import { visit, withFaults } from '../../support/checkouts.ts'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
})
afterEach(() => story.close())

const reactivate = async (customer: string) => {
  const { id } = await story.subscription(customer)
  const { status, body } = await story.world.request('POST', `/api/v1/subscriptions/${id}/reactivate`, { body: {} })
  return { said: status === 200 ? '200' : `${status} ${body.error.code}`, body }
}
const said = async (customer: string) => (await reactivate(customer)).said

/** Gives a running subscription another card. */
async function storeCard(customer: string, card: string): Promise<void> {
  const { id } = await story.subscription(customer)
  const { data } = await story.world.client.subscriptions.updatePaymentMethod({ id })
  assert.equal((await story.pay(data?.checkoutUrl ?? '', card)).status, 200)
}

/** The checkout that a recovery link leads to, or the status of the page that says why there is none. */
async function followed(url: string): Promise<string> {
  const led = await fetch(story.world.url + new URL(url).pathname, { redirect: 'manual' })
  return led.headers.get('location') ?? String(led.status)
}

test('a canceled subscription is active again from today at today’s price, with a new billing day', async () => {
  const planId = await story.plan('team', { price: 4900, intro: { type: 'percentage', value: 5000, cycles: 6 } })
  const id = await story.join('ada', 'team')
  await story.cancel('ada', { immediate: true })
  await story.changePrice(planId, 5900)
  await story.goTo('2041-03-25')
  const { data } = await story.world.client.subscriptions.reactivate({ id })
  assert.deepEqual(data, { id, retryInitiated: true, object: 'subscription', livemode: false })
  const active = await story.subscription('ada')
  assert.deepEqual(
    [active.status, active.currentPeriod?.start, active.nextBillingDate, active.billingDayOfMonth, active.discount],
    ['active', '2041-03-25T00:00:00.000Z', '2041-04-25T00:00:00.000Z', 25, null],
  )
  assert.deepEqual([active.cancellation, active.cancelAtPeriodEnd, active.endDate], [null, false, null])
  await story.until('2041-04-25')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'reactivation paid 2041-03-25..2041-04-25 5900 = plan_base 5900',
    'recurring paid 2041-04-25..2041-05-25 5900 = plan_base 5900',
  ])
  assert.deepEqual((await story.events('ada')).slice(8, 12), [
    'subscription.canceled',
    'invoice.created',
    'payment.received',
    'subscription.reactivated',
  ])
  assert.deepEqual((await story.states('ada')).slice(-1), [
    'subscription_activated: active before subscription.reactivated',
  ])
  const told = (await story.told('ada')).find(({ type }) => type === 'subscription.reactivated')
  assert.deepEqual(told?.data, {
    subscriptionId: id,
    customerId: 'ada',
    status: 'active',
    currentPeriodStart: '2041-03-25T00:00:00.000Z',
    currentPeriodEnd: '2041-04-25T00:00:00.000Z',
    name: 'team',
    invoiceId: told?.data.invoiceId,
    invoiceNumber: 'TEST-000002',
    invoiceTotal: 5900,
    invoiceCurrency: 'usd',
    provider: 'commet',
  })
})

test('a decline leaves the invoice outstanding; the next try prices it anew and uses it again', async () => {
  const planId = await story.plan('team', { price: 4900 })
  await story.join('ada', 'team', { card: cards.failsLater })
  await story.cancel('ada', { immediate: true })
  const { said: first, body } = await reactivate('ada')
  assert.equal(first, '402 charge_failed')
  assert.match(body.error.details.recoveryUrl, /\/recover\//)
  assert.equal(body.error.details.declineCode, 'card_declined')
  assert.equal((await story.subscription('ada')).status, 'canceled')
  await story.changePrice(planId, 3900)
  await story.goTo('2041-03-20')
  assert.equal(await said('ada'), '402 charge_failed')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'reactivation outstanding 2041-03-20..2041-04-20 3900 = plan_base 3900',
  ])
  const checkout = await followed(body.error.details.recoveryUrl)
  assert.match(checkout, /^\/checkout\//)
  assert.equal((await story.pay(checkout, cards.declined)).status, 402)
  assert.equal((await story.pay(checkout)).status, 200)
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.equal(await followed(body.error.details.recoveryUrl), '410')
  await story.until('2041-04-20')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'reactivation paid 2041-03-20..2041-04-20 3900 = plan_base 3900',
    'recurring paid 2041-04-20..2041-05-20 3900 = plan_base 3900',
  ])
})

test('the recovery page says why the customer is there, and what comes after', async () => {
  const about = async (url: string) => {
    const token = (await followed(url)).split('/').at(-1)
    const { body } = await story.world.request('GET', `/hosted/v1/checkout/${token}`, { key: null })
    const { occasion, kind, total, renewal } = body.data
    return { occasion, kind, total, renewal: renewal && `${renewal.amount} ${renewal.billingInterval} ${renewal.on}` }
  }
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.cancel('ada', { immediate: true })
  const anew = (await reactivate('ada')).body.error.details.recoveryUrl
  const again = { occasion: 'reactivation', kind: 'payment', total: 2900, renewal: '2900 monthly 2041-04-10' }
  assert.deepEqual(await about(anew), again)
  await story.join('bob', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  const { data } = await story.world.client.subscriptions.createRecoveryLink({
    id: (await story.subscription('bob')).id,
  })
  const late = { occasion: 'past_due', kind: 'payment', total: 2900, renewal: '2900 monthly 2041-05-10' }
  assert.deepEqual(await about(data?.url ?? ''), late)
  await story.join('cyd', 'pro', { card: cards.failsLater })
  await story.use('cyd', 'calls', 200)
  await story.cancel('cyd', { immediate: true })
  const left = await story.world.client.subscriptions.createRecoveryLink({ id: (await story.subscription('cyd')).id })
  assert.deepEqual(await about(left.data?.url ?? ''), {
    occasion: 'unpaid',
    kind: 'payment',
    total: 5000,
    renewal: null,
  })
})

test('paid on the recovery page another day: the period begins on that day, at that day’s price', async () => {
  const planId = await story.plan('team', { price: 4900 })
  await story.join('ada', 'team', { card: cards.failsLater })
  await story.cancel('ada', { immediate: true })
  const url = (await reactivate('ada')).body.error.details.recoveryUrl
  await story.changePrice(planId, 3900)
  await story.goTo('2041-04-02')
  assert.equal((await story.pay(await followed(url))).status, 200)
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'reactivation paid 2041-04-02..2041-05-02 3900 = plan_base 3900',
  ])
})

test('past due: its renewal is tried again, which uses up a slot, and nothing else changes', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  assert.equal(await said('ada'), '402 charge_failed')
  await story.until('2041-04-12')
  assert.equal((await story.booked()).length, 3, 'day 1 is used up')
  await storeCard('ada', cards.good)
  assert.equal(await said('ada'), '200')
  const active = await story.subscription('ada')
  assert.deepEqual([active.status, active.nextBillingDate], ['active', '2041-05-10T00:00:00.000Z'])
  assert.equal((await story.events('ada')).at(-1), 'payment.recovered')
  assert.equal(await said('ada'), '409 invalid_subscription_status')
})

test('given up by dunning and reactivated: what was owed is not asked for again', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  await story.use('ada', 'calls', 500)
  await story.until('2041-04-20')
  assert.equal((await story.subscription('ada')).status, 'canceled')
  const { body } = await reactivate('ada')
  assert.equal((await story.pay(await followed(body.error.details.recoveryUrl))).status, 200)
  await story.until('2041-05-20')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring uncollectible 2041-04-10..2041-05-10 2900 = plan_base 2900',
    'reactivation paid 2041-04-20..2041-05-20 2900 = plan_base 2900',
    'recurring paid 2041-05-20..2041-06-20 2900 = plan_base 2900',
  ])
})

test('seats and quota that are held are paid in advance, and counted from there', async () => {
  const { client } = story.world
  await client.features.create({ code: 'members', name: 'Members', type: 'seats' })
  await client.plans.addFeature({
    id: 'pro',
    featureId: 'members',
    includedAmount: 1,
    overage: { enabled: true, unitPrice: 100_000 },
  })
  await story.join('ada', 'pro', { card: cards.failsLater })
  await client.seats.set({ customerId: 'ada', featureCode: 'members', count: 3 })
  await story.until('2041-04-10')
  await client.seats.set({ customerId: 'ada', featureCode: 'members', count: 4 })
  await story.until('2041-04-20')
  const { body } = await reactivate('ada')
  assert.equal((await story.pay(await followed(body.error.details.recoveryUrl))).status, 200)
  await story.until('2041-05-20')
  assert.deepEqual((await story.invoices('ada')).slice(2), [
    'reactivation paid 2041-04-20..2041-05-20 5900 = plan_base 2900 + feature_seats 3000',
    'recurring paid 2041-05-20..2041-06-20 5900 = plan_base 2900 + feature_seats 3000',
  ])
  const { body: list } = await story.world.request('GET', '/api/v1/invoices?customerId=ada')
  for (const { id } of list.data) {
    const { body: explained } = await story.world.request('GET', `/api/v1/invoices/${id}/explain`)
    assert.equal(explained.data.matches, true, JSON.stringify(explained.data.lines))
  }
})

test('what it refuses: no card, a plan that is not sold, another subscription, one that runs', async () => {
  await story.join('ada', 'pro')
  assert.equal(await said('ada'), '409 invalid_subscription_status')
  await story.cancel('ada', { immediate: true })
  await story.world.client.plans.setVisibility({ id: 'pro', isPublic: false })
  assert.equal(await said('ada'), '409 plan_unavailable')
  await story.world.client.plans.setVisibility({ id: 'pro', isPublic: true })
  await story.plan('free', { isFree: true })
  const canceled = await story.subscription('ada')
  await story.subscribe('ada', 'free')
  const { status, body } = await story.world.request('POST', `/api/v1/subscriptions/${canceled.id}/reactivate`, {
    body: {},
  })
  assert.deepEqual([status, body.error.code], [409, 'already_has_active_subscription'])
  const absent = await story.world.request('POST', '/api/v1/subscriptions/sub_none/reactivate', { body: {} })
  assert.equal(absent.status, 404)
})

test('a recovery link to a plan that is not sold any more says so, in the language of the reader, and charges nothing', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.cancel('ada', { immediate: true })
  const { said: answer, body } = await reactivate('ada')
  assert.match(answer, /^402/)
  const path = new URL(body.error.details.recoveryUrl).pathname
  const before = (await story.booked()).length
  await story.world.client.plans.setVisibility({ id: 'pro', isPublic: false })
  for (const [locale, words] of [
    ['en', /This plan is no longer available.*Nothing was charged/s],
    ['es', /Este plan ya no está disponible.*No se ha cobrado nada/s],
  ] as const) {
    const shown = await visit(story.world, `${path}?locale=${locale}`)
    assert.equal(shown.status, 410)
    assert.match(shown.body, words)
  }
  await story.world.client.plans.setVisibility({ id: 'pro', isPublic: true })
  assert.match(await followed(body.error.details.recoveryUrl), /^\/checkout\//)
  assert.equal((await story.booked()).length, before)
})

test('without a stored card the invoice waits on the recovery page', async () => {
  await story.customer('ada')
  await story.subscribe('ada', 'pro')
  await story.cancel('ada')
  const { said: answer, body } = await reactivate('ada')
  assert.equal(answer, '409 no_payment_method')
  assert.equal((await story.pay(await followed(body.error.details.recoveryUrl))).status, 200)
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring void 2041-03-10..2041-04-10 2900 = plan_base 2900',
    'reactivation paid 2041-03-10..2041-04-10 2900 = plan_base 2900',
  ])
  assert.deepEqual((await story.events('ada')).slice(-4), [
    'payment_method.updated',
    'payment.received',
    'subscription.activated',
    'subscription.reactivated',
  ])
})

test('a free plan comes back at once and costs nothing', async () => {
  await story.plan('free', { isFree: true, features: { calls: { included: 10 } } })
  await story.join('ada', 'free')
  await story.cancel('ada')
  assert.equal(await said('ada'), '200')
  const active = await story.subscription('ada')
  assert.deepEqual([active.status, active.nextBillingDate], ['active', null])
  await story.use('ada', 'calls', 3)
  assert.deepEqual(await story.invoices('ada'), ['reactivation paid 2041-03-10..2041-04-10 0 = plan_base 0'])
  await story.until('2041-05-11')
})

test('who subscribes anew does not owe a reactivation any more', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.cancel('ada', { immediate: true })
  const { body } = await reactivate('ada')
  const checkout = await followed(body.error.details.recoveryUrl)
  await story.subscribe('ada', 'pro')
  assert.equal(await followed(body.error.details.recoveryUrl), '410')
  assert.equal((await story.pay(checkout)).body.error.code, 'invalid_subscription_status')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'reactivation void 2041-03-10..2041-04-10 2900 = plan_base 2900',
    'recurring outstanding 2041-03-10..2041-04-10 2900 = plan_base 2900',
  ])
})

test('two at once: one charge', async () => {
  await story.join('ada', 'pro')
  await story.cancel('ada', { immediate: true })
  const answers = await withFaults(story.world, { delayMs: 300 }, () =>
    Promise.all(Array.from({ length: 8 }, () => said('ada'))),
  )
  assert.equal(answers.filter((one) => one === '200').length, 1)
  assert(answers.every((one) => /^200|409 (charge_in_progress|invalid_subscription_status)$/.test(one)))
  assert.deepEqual(await story.booked(), ['succeeded 2900', 'succeeded 2900'])
})

test('purchased credits are there again, what the plan includes is granted anew', async () => {
  const { client } = story.world
  const { data: plan } = await client.plans.create({ code: 'draw', name: 'Draw', consumptionModel: 'credits' })
  await client.features.create({ code: 'images', name: 'Images', type: 'usage' })
  await client.plans.addFeature({ id: plan?.id ?? '', featureId: 'images', creditsPerUnit: 1 })
  await client.plans.addPrice({ id: plan?.id ?? '', billingInterval: 'monthly', price: 2900, includedCredits: 10 })
  const id = await story.join('ada', 'draw')
  const { data: pack } = await client.creditPacks.create({ name: 'Hundred', credits: 100, price: 1500 })
  await client.subscriptions.purchaseCredits({ id, creditPackId: pack?.id ?? '' })
  await story.use('ada', 'images', 4)
  await story.cancel('ada', { immediate: true })
  await story.goTo('2041-06-01')
  assert.equal(await said('ada'), '200')
  assert.deepEqual((await story.subscription('ada')).credits, { remaining: 110, included: 10, purchased: 100 })
})

test('used while past due in a window that billing never opened: the next window has a number of its own', async () => {
  await story.plan('weekly', { interval: 'weekly', price: 700, features: { calls: { included: 100 } } })
  await story.join('ada', 'weekly', { card: cards.failsLater })
  await story.until('2041-03-17')
  await story.goTo('2041-03-24')
  await story.use('ada', 'calls', 7)
  await story.bill()
  assert.equal((await story.subscription('ada')).status, 'canceled')
  const { body } = await reactivate('ada')
  assert.equal((await story.pay(await followed(body.error.details.recoveryUrl))).status, 200)
  await story.use('ada', 'calls', 2)
  const { data } = await story.world.client.featureAccess.get({ code: 'calls', customerId: 'ada' })
  assert.equal(data?.current, 2)
  await story.until('2041-03-31')
})
