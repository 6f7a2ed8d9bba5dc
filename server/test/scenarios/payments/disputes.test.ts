import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { hearProviders } from '#payments/actions/hear-providers.ts'
import { type Hearing, receiveProviderEvent } from '#payments/actions/receive-provider-event.ts'
import type { DisputeOutcome, ProviderEvent } from '#payments/provider.ts'
import { Story } from '../../support/billing-stories.ts'

const disputedCard = '4000000000000259'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900 })
})
afterEach(() => story.close())

const post = (path: string, body: Record<string, unknown> = {}) =>
  story.world.request('POST', `/api/v1${path}`, { body })
const dispute = (transactionId: string, reason?: string) =>
  post('/test-disputes', { transactionId, ...(reason ? { reason } : {}) })
const resolve = (transactionId: string, outcome: DisputeOutcome) =>
  post('/test-disputes/resolve', { transactionId, outcome })

async function charge(customer: string) {
  const { data } = await story.world.client.transactions.list({ customerEmail: `${customer}@example.com` })
  const [first] = data ?? []
  assert(first)
  return first
}

const disputesTold = async (customer: string) =>
  (await story.told(customer))
    .filter(({ type }) => type.startsWith('payment.disp'))
    .map(({ type, data }) => `${type} ${data.disputeAmount} ${data.disputeReason} ${data.outcome ?? ''}`.trim())

test('a disputed payment: told, shown, and won again', async () => {
  const id = await story.join('ada', 'pro')
  const paid = await charge('ada')
  const opened = await dispute(paid.id, 'product_not_received')
  assert.equal(opened.status, 201)
  assert.deepEqual(
    { ...opened.body.data, id: null },
    {
      id: null,
      transactionId: paid.id,
      status: 'open',
      amount: 2900,
      currency: 'usd',
      reason: 'product_not_received',
      object: 'test_dispute',
      livemode: false,
    },
  )
  assert.equal((await charge('ada')).status, 'disputed')
  assert.equal((await story.subscription('ada')).status, 'active', 'access stays while nobody has decided')
  const told = (await story.told('ada')).at(-1)
  assert.deepEqual(told, {
    type: 'payment.disputed',
    data: {
      paymentTransactionId: paid.id,
      provider: 'commet',
      paymentLinkId: null,
      invoiceId: paid.invoiceId,
      invoiceNumber: 'TEST-000001',
      customerId: 'ada',
      subscriptionId: id,
      disputeAmount: 2900,
      currency: 'usd',
      disputeReason: 'product_not_received',
    },
  })
  assert.equal((await dispute(paid.id)).body.error.code, 'invalid_subscription_status')
  assert.equal((await post(`/transactions/${paid.id}/refund`)).body.error.code, 'invalid_subscription_status')
  assert.equal((await resolve(paid.id, 'won')).body.data.status, 'won')
  assert.equal((await charge('ada')).status, 'succeeded')
  assert.deepEqual(await disputesTold('ada'), [
    'payment.disputed 2900 product_not_received',
    'payment.dispute_resolved 2900 product_not_received won',
  ])
  assert.equal((await resolve(paid.id, 'lost')).body.error.code, 'invalid_subscription_status')
})

test('lost, it stays disputed; while it was open nobody could be reactivated', async () => {
  const id = await story.join('ada', 'pro')
  const paid = await charge('ada')
  await story.cancel('ada', { immediate: true })
  await dispute(paid.id)
  assert.equal((await post(`/subscriptions/${id}/reactivate`)).body.error.code, 'subscription_has_open_dispute')
  await resolve(paid.id, 'lost')
  assert.equal((await charge('ada')).status, 'disputed')
  assert.equal((await post(`/subscriptions/${id}/reactivate`)).status, 200)
})

test('the card 4000 0000 0000 0259 disputes what it paid', async () => {
  await story.join('ada', 'pro', { card: disputedCard })
  await hearProviders(story.world.app.services, 10)
  assert.equal((await charge('ada')).status, 'disputed')
  assert.deepEqual(await disputesTold('ada'), ['payment.disputed 2900 fraudulent'])
  await story.until('2041-04-10')
  assert.deepEqual(await disputesTold('ada'), ['payment.disputed 2900 fraudulent'])
})

/** What another provider would tell about a charge. */
async function eventsAbout(transactionId: string, outcome: DisputeOutcome): Promise<[ProviderEvent, ProviderEvent]> {
  const { rows } = await story.world.database.pool.query('select organisation_id from side where org_id = $1', [
    story.world.orgId,
  ])
  const about = {
    provider: 'commet',
    charge: { organisationId: rows[0]?.organisation_id, mode: 'sandbox', transactionId },
  } as const
  const facts = { reference: `their_${transactionId}`, amount: 2900n, currency: 'usd', reason: 'fraudulent' }
  return [
    { ...about, id: 'ev_1', type: 'dispute.opened', dispute: { ...facts, outcome: null } },
    { ...about, id: 'ev_2', type: 'dispute.closed', dispute: { ...facts, outcome } },
  ]
}

test('told twice, late, and in any order: the same is known and told in the end', async () => {
  const orders = [
    [0, 1],
    [1, 0],
    [0, 0, 1, 1],
    [1, 0, 1, 0],
  ]
  for (const [index, order] of orders.entries()) {
    const customer = `order${index}`
    await story.join(customer, 'pro')
    const paid = await charge(customer)
    const events = await eventsAbout(paid.id, 'lost')
    const hearings: Hearing[] = []
    for (const which of order) {
      const event = events[which]
      assert(event)
      hearings.push(await receiveProviderEvent(story.world.app.services, { ...event, id: `${event.id}_${index}` }))
    }
    assert.equal(hearings.filter((one) => one === 'recorded').length, 2)
    assert.equal((await charge(customer)).status, 'disputed')
    assert.deepEqual(await disputesTold(customer), [
      'payment.disputed 2900 fraudulent',
      'payment.dispute_resolved 2900 fraudulent lost',
    ])
  }
  // The processor knows nothing of these.
  await story.world.database.pool.query('delete from dispute')
  await story.world.database.pool.query(
    `delete from event where type in ('payment.disputed', 'payment.dispute_resolved')`,
  )
  await story.world.database.pool.query(`update payment_transaction set state = 'succeeded' where state = 'disputed'`)
})

test('several processes that hear the same at once record it once', async () => {
  await story.join('ada', 'pro', { card: disputedCard })
  const counts = await Promise.all(Array.from({ length: 8 }, () => hearProviders(story.world.app.services, 10)))
  assert.equal(
    counts.reduce((sum, one) => sum + one, 0),
    1,
  )
  assert.equal((await disputesTold('ada')).length, 1)
})

test('what is told of a charge that is not settled here waits until it is', async () => {
  await story.customer('ada')
  const { checkoutUrl } = await story.subscribe('ada', 'pro')
  await story.pay(checkoutUrl ?? '', '4000000000003220')
  const [opened] = await eventsAbout((await charge('ada')).id, 'won')
  assert.equal(await receiveProviderEvent(story.world.app.services, opened), 'too_early')
  const [foreign] = await eventsAbout('txn_of_nobody', 'won')
  assert.equal(await receiveProviderEvent(story.world.app.services, foreign), 'unknown')
})
