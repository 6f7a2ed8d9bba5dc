import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { sweepNotifications } from '#payments/actions/sweep-notifications.ts'
import { sweepRefunds } from '#payments/actions/sweep-refunds.ts'
import { usableMethods, useMethod } from '#payments/actions/use-method.ts'
import { findDefaultMethod, insertDefaultMethod } from '#payments/payment-methods.store.ts'
import { machineNow, organisationNow } from '#time/clock.ts'
import { Story } from '../support/billing-stories.ts'
import { AtDlocal, joinAtDlocal } from '../support/dlocal-customers.ts'
import { DlocalDouble } from '../support/dlocal-double.ts'

let dlocal: DlocalDouble
let story: Story
let at: AtDlocal
before(async () => {
  dlocal = await DlocalDouble.start()
  story = await Story.on('2041-03-10', { providerAddresses: { dlocal: dlocal.url } })
  at = await AtDlocal.connect(story.world, dlocal)
  await story.plan('pro', { price: 2900 })
})
after(async () => {
  await story.close()
  await dlocal.stop()
})

const later = () => ({ ...story.world.app.services, machineNow: () => machineNow().add({ minutes: 10 }) })
const refund = (id: string) => story.world.request('POST', `/api/v1/transactions/${id}/refund`)
const statusOf = async (id: string) => (await story.world.client.transactions.get({ id })).data?.status
const customerOf = async (name: string) => (await story.subscription(name)).status

/** What was told of the disputes of a customer's payments. */
async function disputesTold(customer: string): Promise<string[]> {
  const told = await story.told(customer)
  return told
    .filter(({ type }) => type.startsWith('payment.disput'))
    .map(({ type, data }) => `${type} ${data.disputeAmount} ${data.currency} ${data.outcome ?? ''}`.trim())
}

test('renewals charge the stored card; a bank that declines it, or wants its customer, leaves the subscription past due', async () => {
  const stored = { renews: 'CID-1', expires: 'CID-later', asks: 'CID-3ds' } as const
  for (const [customer, card] of Object.entries(stored)) {
    await story.customer(customer)
    const { id, checkoutUrl } = await story.subscribe(customer, 'pro')
    await at.confirm(checkoutUrl.split('/').at(-1))
    const attempt = await at.attemptOf(id)
    dlocal.finish(attempt.id, 'pay', card)
    await at.comeBack(attempt.id)
  }
  await story.until('2041-04-10')
  const ended = Object.keys(stored).map(async (customer) => {
    const { id, status } = await story.subscription(customer)
    return [status, (await at.attemptOf(id)).failure_code]
  })
  assert.deepEqual(await Promise.all(ended), [
    ['active', null],
    ['past_due', 'expired_card'],
    ['past_due', 'authentication_required'],
  ])
})

test('who was asked by their bank pays what is owed on dLocal’s page, and is charged there from then on', async () => {
  const { id } = await story.subscription('asks')
  const link = await story.world.request('POST', `/api/v1/subscriptions/${id}/recovery-link`)
  const opened = await story.world.request('GET', new URL(link.body.data.url).pathname, { key: null })
  const token = opened.headers.get('location')?.split('/').at(-1) ?? ''
  const paid = await at.pay(token, id)
  assert.equal(dlocal.paymentOf(paid).amount, 29)
  assert.equal((await story.subscription('asks')).status, 'active')
  assert.equal((await at.attemptOf(id)).provider_token, 'BR|53033315550|CID-1')
})

test('another card is verified on dLocal’s page without a payment, and the next renewal charges it', async () => {
  const { id } = await story.subscription('renews')
  const { data } = await story.world.client.subscriptions.updatePaymentMethod({ id })
  const token = data?.checkoutUrl.split('/').at(-1) ?? ''
  await at.confirm(token)
  const { id: setup } = await at.attemptOf(id)
  dlocal.finish(setup, 'pay', 'CID-another')
  await at.comeBack(setup)
  assert.equal(dlocal.paymentOf(setup).status, 'VERIFIED')
  await story.until('2041-05-10')
  const renewed = await at.attemptOf(id)
  assert.deepEqual(
    [renewed.purpose, renewed.state, renewed.provider_token],
    ['renewal', 'succeeded', 'BR|53033315550|CID-another'],
  )
})

test('a refund gives the payment back once, also when its answer was lost', async () => {
  const id = await joinAtDlocal(story, at, 'refunded', 'pro')
  assert.equal((await refund(id)).status, 200)
  assert.equal((await refund(id)).status, 409)
  assert.deepEqual(
    dlocal.paymentOf(id).refunds.map(({ amount, currency }) => [amount, currency]),
    [[29, 'USD']],
  )
  assert.equal(await statusOf(id), 'refunded')
  assert.equal(await customerOf('refunded'), 'canceled')

  const other = await joinAtDlocal(story, at, 'refund_lost', 'pro')
  const provider = await story.world.app.services.connections.open(story.world.orgId, at.connection)
  const { id: chargeReference } = dlocal.paymentOf(other)
  const asked = { idempotencyKey: 're_1', chargeReference, amount: 2900n, currency: 'usd', metadata: {} }
  const first = await provider?.refund(asked)
  assert.deepEqual(await provider?.refund(asked), first)
  assert.equal(dlocal.paymentOf(other).refunds.length, 1)
})

test('a refund that dLocal takes its time with stays under way until it tells, and is then done', async () => {
  const id = await joinAtDlocal(story, at, 'refund_pending', 'pro')
  dlocal.refundStatus = 'PENDING'
  const answer = await refund(id)
  dlocal.refundStatus = 'SUCCESS'
  assert.deepEqual([answer.status, answer.body.error.code], [409, 'charge_in_progress'])
  await sweepRefunds(later(), 100)
  assert.equal(await statusOf(id), 'succeeded')
  const [made] = dlocal.paymentOf(id).refunds
  assert(made)
  assert.match(made.notification_url, /\/webhook\/refunds$/)
  made.status = 'SUCCESS'
  assert.equal(await at.notify(id, { about: made, path: '/refunds' }), 200)
  assert.equal(await at.notify(id, { about: made, path: '/refunds' }), 200)
  assert.equal(await statusOf(id), 'refunded')
  assert.deepEqual((await story.events('refund_pending')).filter((type) => type === 'payment.refunded').length, 1)
})

test('a refund for which dLocal does not take the keys is under way until it does, and the operator reads why', async () => {
  const id = await joinAtDlocal(story, at, 'refund_keys', 'pro')
  dlocal.givesBack = false
  const { status, body } = await refund(id)
  assert.deepEqual([status, body.error.code], [409, 'charge_in_progress'])
  assert.match(body.error.message, /does not accept the keys/)
  const { troubled } = await sweepRefunds(later(), 100)
  assert.deepEqual(
    troubled.map(({ attemptId, error }) => [attemptId, String(error)]),
    [[id, 'KeysRefused: dLocal does not accept the keys of this connection.']],
  )
  assert.equal(await statusOf(id), 'succeeded')
  dlocal.givesBack = true
  const muchLater = { ...later(), machineNow: () => machineNow().add({ hours: 10 }) }
  assert.deepEqual((await sweepRefunds(muchLater, 100)).troubled, [])
  assert.equal(await statusOf(id), 'refunded')
})

test('the portal neither offers nor takes a card that dLocal has not stored', async () => {
  const { db, orgId, app } = story.world
  await joinAtDlocal(story, at, 'two_cards', 'pro')
  const org = await findOrg(db, orgId)
  assert(org)
  const context = app.services.contextFor(org, organisationNow(org.simulatedTime, machineNow()))
  const { id: customerId } = await db
    .selectFrom('customer')
    .select('id')
    .where('external_id', '=', 'two_cards')
    .executeTakeFirstOrThrow()
  const card = await findDefaultMethod(db, orgId, customerId)
  assert(card)
  const store = (last4: string, stored: string) => {
    const providerToken = `BR|53033315550|${stored}`
    const method = { ...card, id: newId('pm'), last4, expYear: 2049, providerToken }
    return inTransaction(db, (tx) => insertDefaultMethod(tx, orgId, method))
  }
  await store('4242', 'CID-2')
  const typed = await store('4242', 'page')
  await store('5555', 'CID-3')
  const offered = await usableMethods(db, context, customerId)
  assert.deepEqual(
    offered.map(({ providerToken }) => providerToken),
    ['BR|53033315550|CID-2'],
  )
  const use = inTransaction(db, (tx) => useMethod(tx, context, { customerId, methodId: typed.id }))
  await assert.rejects(use, { code: 'no_payment_method' })
})

test('a refund that is rejected later leaves the payment as it was, and may be tried again', async () => {
  const id = await joinAtDlocal(story, at, 'refund_rejected', 'pro')
  dlocal.refundStatus = 'PENDING'
  await refund(id)
  dlocal.refundStatus = 'SUCCESS'
  const [made] = dlocal.paymentOf(id).refunds
  assert(made)
  Object.assign(made, { status: 'REJECTED', status_code: 300, status_detail: 'The refund was rejected.' })
  assert.equal(await at.notify(id, { about: made, path: '/refunds' }), 200)
  assert.equal(await statusOf(id), 'succeeded')
  assert.equal(await customerOf('refund_rejected'), 'active')
  assert.equal((await refund(id)).status, 200)
  assert.equal(await statusOf(id), 'refunded')
})

test('a refund that dLocal refuses says why', async () => {
  const id = await joinAtDlocal(story, at, 'refund_refused', 'pro')
  dlocal.chargeBack(id)
  const { status, body } = await refund(id)
  assert.equal(status, 402)
  assert.equal(
    body.error.message,
    'The payment provider refused the refund: Chargeback in place for this transaction (5018).',
  )
})

for (const { name, ends, outcome, status } of [
  { name: 'won', ends: 'REVERSAL', outcome: 'won', status: 'succeeded' },
  { name: 'lost', ends: 'DISPUTE_LOST', outcome: 'lost', status: 'disputed' },
] as const) {
  test(`a chargeback that is opened, contested and ${name}: told once each, twice and in the wrong order`, async () => {
    const customer = `chargeback_${name}`
    const id = await joinAtDlocal(story, at, customer, 'pro')
    const chargeback = dlocal.chargeBack(id)
    const opened = { ...chargeback }
    assert.equal(await at.notify(id, { about: opened }), 200)
    assert.equal(await statusOf(id), 'disputed')
    chargeback.status = 'IN_DISPUTE'
    assert.equal(await at.notify(id, { about: chargeback }), 200)
    chargeback.status = ends
    assert.equal(await at.notify(id, { about: chargeback }), 200)
    for (const about of [opened, chargeback]) assert.equal(await at.notify(id, { about }), 200)
    assert.equal(await statusOf(id), status)
    assert.deepEqual(await disputesTold(customer), [
      'payment.disputed 2900 usd',
      `payment.dispute_resolved 2900 usd ${outcome}`,
    ])
  })
}

test('only the end of a chargeback is heard, of an answer that says no more than its state: it begins and ends', async () => {
  const id = await joinAtDlocal(story, at, 'chargeback_late', 'pro')
  const chargeback = dlocal.chargeBack(id, 'REVERSAL')
  dlocal.namesPayments = false
  assert.equal(await at.notify(id, { about: chargeback }), 200)
  assert.equal(await at.notify(id, { about: { ...chargeback, status: 'PENDING' } }), 200)
  dlocal.namesPayments = true
  assert.equal(await statusOf(id), 'succeeded')
  assert.deepEqual(await disputesTold('chargeback_late'), [
    'payment.disputed 2900 usd',
    'payment.dispute_resolved 2900 usd won',
  ])
})

test('a chargeback that nobody contested in time is lost, and won when it is reversed after all', async () => {
  const id = await joinAtDlocal(story, at, 'chargeback_reversed', 'pro')
  const chargeback = dlocal.chargeBack(id, 'COMPLETED')
  assert.equal(await at.notify(id, { about: chargeback }), 200)
  assert.equal(await statusOf(id), 'disputed')
  chargeback.status = 'REVERSAL'
  assert.equal(await at.notify(id, { about: chargeback }), 200)
  assert.equal(await statusOf(id), 'succeeded')
  assert.deepEqual(await disputesTold('chargeback_reversed'), [
    'payment.disputed 2900 usd',
    'payment.dispute_resolved 2900 usd lost',
    'payment.dispute_resolved 2900 usd won',
  ])
})

test('a question of the bank is no chargeback, and one about a payment of somebody else nothing of ours', async () => {
  const id = await joinAtDlocal(story, at, 'inquired', 'pro')
  assert.equal(await at.notify(id, { about: dlocal.chargeBack(id, 'INQUIRY') }), 200)
  const elsewhere = { ...dlocal.chargeBack(id), id: 'CHAR999', order_id: 'shop-4711' }
  dlocal.chargebacks.set(elsewhere.id, elsewhere)
  assert.equal(await at.notify(id, { about: elsewhere }), 200)
  assert.equal(await statusOf(id), 'succeeded')
})

test('a chargeback that is told while dLocal does not answer is heard by the sweeper', async () => {
  const id = await joinAtDlocal(story, at, 'chargeback_mute', 'pro')
  const chargeback = dlocal.chargeBack(id)
  dlocal.isMute = true
  assert.equal(await at.notify(id, { about: chargeback }), 200)
  dlocal.isMute = false
  await sweepNotifications(later(), 100)
  assert.equal(await statusOf(id), 'disputed')
})
