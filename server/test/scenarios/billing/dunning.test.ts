import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
})
afterEach(() => story.close())

/** Events of a customer that are about money and standing, with the moment they count from. */
async function told(customer: string): Promise<string[]> {
  const { rows } = await story.world.database.pool.query<{ told: string }>(
    `select to_char(event.occurred_at, 'MM-DD"T"HH24:MI ') || event.type as told
     from event join customer on customer.org_id = event.org_id and customer.id = event.customer_id
     where customer.external_id = $1 and event.occurred_at >= '2041-04-10'
       and event.type ~ '^payment\\.|past_due|canceled|payment_method' order by event.id`,
    [customer],
  )
  return rows.map((row) => row.told)
}

const charges = async () => (await story.booked()).map((one) => one.split(' ')[0])

/** Gives the customer a card that works, as a checkout for another card would. */
async function storeGoodCard(customer: string): Promise<void> {
  const { id } = await story.subscription(customer)
  const { data } = await story.world.client.subscriptions.updatePaymentMethod({ id })
  assert.equal((await story.pay(data?.checkoutUrl ?? '')).status, 200)
}

async function failedTransaction(): Promise<string> {
  const { data } = await story.world.client.transactions.list({ status: 'failed' })
  return data?.[0]?.id ?? ''
}

test('tried again after 1, 3, 5 and 7 days, then given up: canceled, uncollectible, nothing more', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10T06:00:00Z')
  assert.equal((await story.subscription('ada')).status, 'past_due')
  await story.use('ada', 'calls', 5)
  await story.until('2041-05-20')
  assert.deepEqual(await told('ada'), [
    '04-10T00:00 payment.failed',
    '04-10T00:00 subscription.past_due',
    '04-11T00:00 payment.failed',
    '04-13T00:00 payment.failed',
    '04-15T00:00 payment.failed',
    '04-17T00:00 payment.failed',
    '04-17T00:00 payment.retry_failed',
    '04-17T00:00 subscription.canceled',
  ])
  const ended = await story.subscription('ada')
  assert.equal(ended.status, 'canceled')
  assert.equal((ended as { endDate?: string }).endDate, '2041-04-17T00:00:00.000Z')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring uncollectible 2041-04-10..2041-05-10 2900 = plan_base 2900',
  ])
  assert.deepEqual(await charges(), ['succeeded', 'declined', 'declined', 'declined', 'declined', 'declined'])
})

test('another card before the next try: recovered with the old anchor, and the next renewal on its day', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-12')
  await storeGoodCard('ada')
  await story.until('2041-04-13')
  const active = await story.subscription('ada')
  assert.equal(active.status, 'active')
  assert.equal(active.nextBillingDate, '2041-05-10T00:00:00.000Z')
  assert.deepEqual((await told('ada')).slice(3), [
    '04-12T12:00 payment_method.updated',
    '04-13T00:00 payment.received',
    '04-13T00:00 payment.recovered',
  ])
  await story.until('2041-05-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-10..2041-05-10 2900 = plan_base 2900',
    'recurring paid 2041-05-10..2041-06-10 2900 = plan_base 2900',
  ])
})

test('a try by hand uses up the next slot', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  const retry = () =>
    failedTransaction().then((id) => story.world.request('POST', `/api/v1/transactions/${id}/retry`, { body: {} }))
  const declined = await retry()
  assert.equal(declined.status, 402)
  assert.equal(declined.body.error.code, 'charge_failed')
  assert.match(declined.body.error.details.recoveryUrl, /\/recover\//)
  // Day 1 is used up: the next try is on day 3.
  await story.until('2041-04-12')
  assert.equal((await charges()).length, 3)
  await story.until('2041-04-13')
  assert.equal((await charges()).length, 4)
  await retry()
  assert.equal((await retry()).status, 402)
  assert.equal((await story.subscription('ada')).status, 'canceled')
  assert.equal((await retry()).body.error.code, 'invalid_subscription_status')
  assert.equal((await told('ada')).at(-1), '04-13T12:00 subscription.canceled')
})

test('a try by hand that succeeds recovers', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  const failed = await failedTransaction()
  await storeGoodCard('ada')
  const { data } = await story.world.client.transactions.retry({ id: failed })
  assert.equal(data?.status, 'processing')
  assert.notEqual(data?.id, failed)
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.equal((await story.world.request('POST', `/api/v1/transactions/${failed}/retry`, { body: {} })).status, 409)
})

test('the recovery link leads to a checkout that charges once, and to nothing when nothing is due', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  const { id } = await story.subscription('ada')
  const early = await story.world.request('POST', `/api/v1/subscriptions/${id}/recovery-link`, { body: {} })
  assert.equal(early.body.error.code, 'no_outstanding_invoice')
  await story.until('2041-04-11')
  const { data } = await story.world.client.subscriptions.createRecoveryLink({ id })
  const path = `/recover/${data?.token}`
  const led = await fetch(story.world.url + path, { redirect: 'manual' })
  assert.equal(led.status, 303)
  const checkout = led.headers.get('location') ?? ''
  assert.match(checkout, /^\/checkout\//)
  assert.equal((await fetch(story.world.url + path, { redirect: 'manual' })).headers.get('location'), checkout)
  assert.equal((await story.pay(checkout, cards.declined)).status, 402)
  assert.equal((await story.pay(checkout)).status, 200)
  const active = await story.subscription('ada')
  assert.equal(active.status, 'active')
  assert.equal((await fetch(story.world.url + path)).status, 410)
  assert.deepEqual((await told('ada')).slice(-3), [
    '04-11T12:00 payment_method.updated',
    '04-11T12:00 payment.received',
    '04-11T12:00 payment.recovered',
  ])
  await story.until('2041-05-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-10..2041-05-10 2900 = plan_base 2900',
    'recurring paid 2041-05-10..2041-06-10 2900 = plan_base 2900',
  ])
})

test('recovered after the next renewal fell due: it follows, dated with its own day', async () => {
  const plan = await story.plan('weekly', { interval: 'weekly', price: 700 })
  assert(plan)
  await story.join('ada', 'weekly', { card: cards.failsLater })
  await story.until('2041-03-17')
  assert.equal((await story.subscription('ada')).status, 'past_due')
  // Day 7 is also the day of the next renewal: the slot runs first, and gives up.
  await story.until('2041-03-23')
  await storeGoodCard('ada')
  await story.until('2041-03-24')
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-03-17..2041-03-24 700 = plan_base 700',
    'recurring paid 2041-03-24..2041-03-31 700 = plan_base 700',
  ])
})

test('canceled while past due: the unpaid invoice is void and nothing is tried again', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  await story.cancel('ada')
  await story.until('2041-05-01')
  assert.equal((await charges()).length, 2)
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring void 2041-04-10..2041-05-10 2900 = plan_base 2900',
  ])
})

test('processing billing says what was tried again and how many of the tries failed', async () => {
  const { client } = story.world
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.join('bob', 'pro', { card: cards.failsLater })
  const report = async (day: string) => {
    await story.goTo(day)
    const { data } = await client.testClock.processBilling()
    return [data?.customersFound, data?.dunningRetried, data?.dunningFailed]
  }
  assert.deepEqual(await report('2041-04-10'), [2, 0, 0])
  await storeGoodCard('bob')
  assert.deepEqual(await report('2041-04-11'), [2, 2, 1])
  assert.deepEqual(await report('2041-04-20'), [1, 3, 3])
  assert.deepEqual(await report('2041-04-21'), [0, 0, 0])
})

test('a customer at their bank is waited for however far the clock jumps; given up, the calendar goes on', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10T12:00:00Z')
  const { id } = await story.subscription('ada')
  const { data } = await story.world.client.subscriptions.createRecoveryLink({ id })
  const led = await fetch(story.world.url + new URL(data?.url ?? '').pathname, { redirect: 'manual' })
  const checkout = led.headers.get('location') ?? ''
  const asked = await story.pay(checkout, cards.asks)
  assert.equal(asked.body.data.status, 'requires_action')
  await story.until('2041-09-10')
  assert.equal((await story.subscription('ada')).status, 'past_due')
  assert.equal((await charges()).filter((one) => one === 'declined').length, 1, 'no slot was used up')
  // Another card makes room for itself; declined, the customer is not at their bank any more.
  assert.equal((await story.pay(checkout, cards.declined)).status, 402)
  await story.until('2041-09-11')
  assert.equal((await story.subscription('ada')).status, 'canceled')
  const moments = (await told('ada')).map((one) => one.split(' ')[0])
  assert.deepEqual(moments, [...moments].sort(), 'nothing is dated before what happened before it')
})

test('while past due what is used and held goes on, and nothing new can be bought or changed', async () => {
  const { client } = story.world
  await story.join('ada', 'pro', { card: cards.failsLater })
  const { data: pack } = await client.creditPacks.create({ name: 'Hundred', credits: 100, price: 1500 })
  await story.until('2041-04-10')
  const { id } = await story.subscription('ada')
  await story.use('ada', 'calls', 130)
  const refused = { code: 'subscription_not_active' }
  await assert.rejects(client.subscriptions.purchaseCredits({ id, creditPackId: pack?.id ?? '' }), refused)
  await assert.rejects(client.subscriptions.topupBalance({ id, amount: 1000 }), refused)
  const other = await story.plan('other', { price: 9900 })
  const group = await client.planGroups.create({ name: 'Plans' })
  for (const planId of ['pro', other]) await client.planGroups.addPlan({ id: group.data?.id ?? '', planId })
  await assert.rejects(client.subscriptions.changePlan({ id, newPlanId: other }), refused)
  await storeGoodCard('ada')
  await story.until('2041-05-10')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring paid 2041-05-10..2041-06-10 4400 = plan_base 2900 + 30 beyond 1500',
  )
})
