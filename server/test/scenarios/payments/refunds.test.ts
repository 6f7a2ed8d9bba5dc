import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { sweepRefunds } from '#payments/actions/sweep-refunds.ts'
import { machineNow } from '#time/clock.ts'
import { cards } from '../../support/billing-stories.ts'
import { withFaults } from '../../support/checkouts.ts'
import { ChangeStory } from '../../support/plan-changes.ts'

let story: ChangeStory
beforeEach(async () => {
  story = await ChangeStory.on('2041-03-10')
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
})
afterEach(() => story.close())

const refund = async (id: string) => {
  const { status, body } = await story.world.request('POST', `/api/v1/transactions/${id}/refund`, { body: {} })
  return status === 200 ? '200' : `${status} ${body.error.code}`
}

/** The newest transaction of a customer. */
async function newest(customer: string) {
  const { data } = await story.world.client.transactions.list({ customerEmail: `${customer}@example.com` })
  const [first] = data ?? []
  assert(first)
  return first
}

/** What the processor has given back, in order. */
async function givenBack(): Promise<bigint[]> {
  const { rows } = await story.world.database.pool.query(
    'select amount from simulated_processor.refund order by created_at',
  )
  return rows.map(({ amount }) => amount)
}

test('a period that is given back is over: canceled at once, its invoice stays paid, nothing is charged for its usage', async () => {
  const id = await story.join('ada', 'pro')
  await story.use('ada', 'calls', 500)
  await story.goTo('2041-03-20')
  const charge = await newest('ada')
  assert.equal(await refund(charge.id), '200')
  const ended = await story.subscription('ada')
  assert.deepEqual([ended.status, (ended as { endDate?: string }).endDate], ['canceled', '2041-03-20T12:00:00.000Z'])
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2041-03-10..2041-04-10 2900 = plan_base 2900'])
  assert.deepEqual((await story.events('ada')).slice(-2), ['payment.refunded', 'subscription.canceled'])
  const told = (await story.told('ada')).find(({ type }) => type === 'payment.refunded')
  assert.deepEqual(told?.data, {
    paymentTransactionId: charge.id,
    provider: 'commet',
    paymentLinkId: null,
    invoiceId: charge.invoiceId,
    invoiceNumber: 'TEST-000001',
    customerId: 'ada',
    subscriptionId: id,
    refundAmount: 2900,
    currency: 'usd',
  })
  const canceled = (await story.told('ada')).find(({ type }) => type === 'subscription.canceled')
  assert.equal(canceled?.data.cancelReason, 'refund')
  assert.equal((await newest('ada')).status, 'refunded')
  assert.deepEqual(await givenBack(), [2900n])
  assert.equal(await refund(charge.id), '409 duplicate')
  await story.until('2041-05-10')
  assert.deepEqual(await story.booked(), ['succeeded 2900'])
})

test('what it refuses: a declined charge, one under way, one that is not there', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  assert.equal(await refund((await newest('ada')).id), '409 invalid_subscription_status')
  assert.equal(await refund('txn_none'), '404 transaction_not_found')
  await story.customer('bob')
  const { checkoutUrl } = await story.subscribe('bob', 'pro')
  await story.pay(checkoutUrl ?? '', cards.asks)
  assert.equal(await refund((await newest('bob')).id), '409 charge_in_progress')
})

test('many at once: one of them gives the money back', async () => {
  await story.join('ada', 'pro')
  const { id } = await newest('ada')
  const answers = await withFaults(story.world, { delayMs: 300 }, () =>
    Promise.all(Array.from({ length: 8 }, () => refund(id))),
  )
  assert.equal(answers.filter((one) => one === '200').length, 1)
  assert(answers.every((one) => /^(200|409 (charge_in_progress|duplicate))$/.test(one)))
  assert.deepEqual(await givenBack(), [2900n])
})

for (const fault of ['timeoutAfterCharge', 'refuseConnection'] as const) {
  test(`an answer that was lost (${fault}): the sweeper asks again under the same key and settles with the time of the request`, async () => {
    await story.join('ada', 'pro')
    const { id } = await newest('ada')
    assert.equal(await withFaults(story.world, { [fault]: true }, () => refund(id)), '409 charge_in_progress')
    assert.equal(await refund(id), '409 charge_in_progress')
    // While nobody knows how it ended, nothing is billed.
    await story.until('2041-05-01T00:00:00Z')
    assert.equal((await story.subscription('ada')).status, 'active')
    const later = { ...story.world.app.services, machineNow: () => machineNow().add({ minutes: 5 }) }
    assert.deepEqual((await sweepRefunds(later, 10)).troubled, [])
    assert.equal((await newest('ada')).status, 'refunded')
    const ended = await story.subscription('ada')
    assert.equal((ended as { endDate?: string }).endDate, '2041-03-10T12:00:00.000Z')
    await story.until('2041-05-10')
    assert.equal((await story.invoices('ada')).length, 1)
    assert.deepEqual(await givenBack(), [2900n])
  })
}

test('a reactivation that is given back ends it again; a payment from before it ends nothing', async () => {
  const id = await story.join('ada', 'pro')
  const first = await newest('ada')
  await story.cancel('ada', { immediate: true })
  await story.world.client.subscriptions.reactivate({ id })
  assert.equal(await refund(first.id), '200')
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.equal(await refund((await newest('ada')).id), '200')
  assert.equal((await story.subscription('ada')).status, 'canceled')
})

test('overage that is given back leaves the subscription alone', async () => {
  await story.plan('year', { interval: 'yearly', price: 29_000, features: { calls: { included: 100, beyond: 5000 } } })
  await story.join('ada', 'year')
  await story.use('ada', 'calls', 300)
  await story.until('2041-04-10')
  assert.equal(await refund((await newest('ada')).id), '200')
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'overage paid 2041-03-10..2041-04-10 10000 = 200 beyond 10000',
  ])
})

test('a one-time purchase ends by its refund', async () => {
  await story.plan('once', { interval: 'one_time', price: 9900 })
  await story.join('ada', 'once')
  assert.equal(await refund((await newest('ada')).id), '200')
  assert.equal((await story.subscription('ada')).status, 'canceled')
})

test('past due and given back: what was declined stays outstanding and is not tried again', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  const paid = await newest('ada')
  await story.until('2041-04-10')
  assert.equal(await refund(paid.id), '200')
  await story.until('2041-05-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring outstanding 2041-04-10..2041-05-10 2900 = plan_base 2900',
  ])
  assert.deepEqual(await story.booked(), ['succeeded 2900', 'declined 2900'])
})

test('credits that were bought are taken back as far as they remain', async () => {
  const { client } = story.world
  const { data: plan } = await client.plans.create({ code: 'draw', name: 'Draw', consumptionModel: 'credits' })
  await client.features.create({ code: 'images', name: 'Images', type: 'usage' })
  await client.plans.addFeature({ id: plan?.id ?? '', featureId: 'images', creditsPerUnit: 1 })
  await client.plans.addPrice({ id: plan?.id ?? '', billingInterval: 'monthly', price: 2900, includedCredits: 10 })
  const id = await story.join('ada', 'draw')
  const { data: pack } = await client.creditPacks.create({ name: 'Hundred', credits: 100, price: 1500 })
  await client.subscriptions.purchaseCredits({ id, creditPackId: pack?.id ?? '' })
  await story.use('ada', 'images', 40)
  assert.equal(await refund((await newest('ada')).id), '200')
  const after = await story.subscription('ada')
  assert.deepEqual([after.status, after.credits], ['active', { remaining: 0, included: 10, purchased: 0 }])
  assert.deepEqual((await story.events('ada')).slice(-2), ['payment.refunded', 'credits.depleted'])
  const kinds = await story.world.database.pool.query(
    "select kind from mail where kind in ('refunded', 'subscription_ended')",
  )
  assert.deepEqual(kinds.rows, [{ kind: 'refunded' }])
})

test('a top-up is taken back in its window, and is gone with it', async () => {
  const { client } = story.world
  const { data: plan } = await client.plans.create({ code: 'wallet', name: 'Wallet', consumptionModel: 'balance' })
  await client.features.create({ code: 'minutes', name: 'Minutes', type: 'usage' })
  await client.plans.addFeature({
    id: plan?.id ?? '',
    featureId: 'minutes',
    overage: { enabled: true, unitPrice: 100 },
  })
  await client.plans.addPrice({ id: plan?.id ?? '', billingInterval: 'monthly', price: 2900, includedBalance: 20_000 })
  const id = await story.join('ada', 'wallet')
  await client.subscriptions.topupBalance({ id, amount: 700 })
  await story.use('ada', 'minutes', 300)
  const first = await newest('ada')
  await client.subscriptions.topupBalance({ id, amount: 500 })
  assert.equal((await story.subscription('ada')).balance?.remaining, 110_000)
  assert.equal(await refund((await newest('ada')).id), '200')
  assert.equal((await story.subscription('ada')).balance?.remaining, 60_000)
  await story.until('2041-04-11')
  assert.equal(await refund(first.id), '200')
  assert.equal((await story.subscription('ada')).balance?.remaining, 20_000)
})

test('customer credit that was used with the payment is kept for the customer again', async () => {
  await story.join('ada', 'pro')
  await story.world.client.invoices.createAdjustment({ customerId: 'ada', amount: -1000, description: 'Sorry' })
  await story.until('2041-04-10')
  assert.deepEqual((await story.invoices('ada')).slice(2), [
    'recurring paid 2041-04-10..2041-05-10 1900 = plan_base 2900 + credit -1000',
  ])
  const { id } = await newest('ada')
  assert.equal(await refund(id), '200')
  assert.deepEqual(await givenBack(), [1900n])
  const { status } = await story.world.request(
    'POST',
    `/api/v1/subscriptions/${(await story.subscription('ada')).id}/reactivate`,
    { body: {} },
  )
  assert.equal(status, 200)
  assert.deepEqual((await story.invoices('ada')).slice(3), [
    'reactivation paid 2041-04-10..2041-05-10 1900 = plan_base 2900 + credit -1000',
  ])
})

test('a plan change that is given back ends the subscription, and what it kept of the credit stays the customer’s', async () => {
  const plans = [
    await story.plan('year', { interval: 'yearly', price: 29_000 }),
    await story.plan('team', { price: 4900 }),
  ] as const
  await story.price(plans[1], { interval: 'yearly', price: 90_000 })
  await story.group(...plans)
  await story.join('ada', 'year')
  await story.goTo('2041-03-20')
  assert.equal((await story.change('ada', { newPlanId: 'team' })).status, 200)
  const paid = await newest('ada')
  assert.equal(await refund(paid.id), '200')
  assert.equal((await story.subscription('ada')).status, 'canceled')
  assert.equal((await story.events('ada')).at(-1), 'subscription.canceled')
  assert.deepEqual((await givenBack()).length, 1)
})
