import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { machineNow } from '#time/clock.ts'
import { confirmation, newCheckout } from '../support/checkouts.ts'
import { connect } from '../support/connections.ts'
import { DlocalDouble } from '../support/dlocal-double.ts'
import { createWorld, type World } from '../support/world.ts'

let dlocal: DlocalDouble
let world: World
let connection: string
before(async () => {
  dlocal = await DlocalDouble.start()
  world = await createWorld({ providerAddresses: { dlocal: dlocal.url } })
  connection = await connect(world, 'dlocal', dlocal.credentials)
})
after(async () => {
  await world.close()
  await dlocal.stop()
})

const { card: _card, ...typed } = confirmation('', {
  address: { country: 'BR', line1: 'Av. Paulista 1000', city: 'São Paulo', postalCode: '01310-100' },
  taxDocument: '53033315550',
})

function pay(token: string, changes: Record<string, unknown> = {}) {
  const body = { ...typed, ...changes }
  return world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })
}

async function attemptOf(subscriptionId: string) {
  return world.db
    .selectFrom('payment_transaction')
    .selectAll()
    .where('subscription_id', '=', subscriptionId)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
}

async function statusOf(id: string): Promise<string | undefined> {
  return (await world.client.subscriptions.get({ id })).data?.status
}

async function notify(orderId: string, secretKey?: string): Promise<number> {
  const { body, headers } = dlocal.notification(orderId, secretKey)
  const path = `/providers/dlocal/${world.orgId}/${connection}/webhook`
  return (await world.request('POST', path, { key: null, text: body, headers })).status
}

test('the customer pays on dLocal’s page and comes back: active, with the stored card', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const { body } = await pay(token)
  assert.equal(body.data.status, 'requires_action')
  const { id } = await attemptOf(subscriptionId)
  const step = await world.request('GET', new URL(body.data.action.url).pathname, { key: null })
  assert.equal(step.status, 303)
  assert.equal(step.headers.get('location'), dlocal.paymentOf(id).redirect_url)
  assert.equal(dlocal.paymentOf(id).amount, 29)
  assert.equal(dlocal.paymentOf(id).payer.document, '53033315550')
  dlocal.finish(id, 'pay')
  const back = `/providers/dlocal/${world.orgId}/${connection}/return?attempt=${id}`
  const returned = await world.request('GET', back, { key: null })
  assert.equal(returned.status, 303)
  assert.match(returned.headers.get('location') ?? '', /\/checkout\//)
  assert.equal(await statusOf(subscriptionId), 'active')
  const settled = await attemptOf(subscriptionId)
  assert.equal(settled.provider_token, 'BR|53033315550|CID-1')
  assert.equal(settled.connection_id, connection)
})

test('the stored card is charged without the customer, and an expired one is declined', async () => {
  const provider = await world.app.services.connections.open(world.orgId, connection)
  assert(provider)
  const request = (key: string, card: string) => ({
    idempotencyKey: key,
    kind: 'charge' as const,
    token: `BR|53033315550|${card}`,
    amount: 2900n,
    currency: 'brl',
    offSession: true,
    description: 'Subscription renewal',
    payer: { email: 'ada@example.com', name: 'Ada Lovelace' },
    metadata: {},
  })
  assert.equal((await provider.charge(request('txn_later_1', 'CID-1'))).outcome, 'succeeded')
  assert.equal((await provider.charge(request('txn_later_1', 'CID-1'))).outcome, 'succeeded')
  assert.equal(dlocal.paid().filter(({ order_id }) => order_id === 'txn_later_1').length, 1)
  const declined = await provider.charge(request('txn_later_2', 'CID-later'))
  assert(declined.outcome === 'declined')
  assert.equal(declined.code, 'expired_card')
  dlocal.faults = ['drop_after']
  const lost = request('txn_later_3', 'CID-1')
  await assert.rejects(provider.charge(lost), ProviderUnreachable)
  assert.equal((await provider.find('txn_later_3', lost)).outcome, 'succeeded')
  assert.equal((await provider.charge(lost)).outcome, 'succeeded')
  assert.equal(dlocal.paid().filter(({ order_id }) => order_id === 'txn_later_3').length, 1)
})

test('a refund gives the payment back', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token)
  const { id } = await attemptOf(subscriptionId)
  dlocal.finish(id, 'pay')
  assert.equal(await notify(id), 200)
  assert.equal((await world.request('POST', `/api/v1/transactions/${id}/refund`)).status, 200)
  assert.deepEqual(dlocal.refunds.get(dlocal.paymentOf(id).id), 29)
  assert.equal((await attemptOf(subscriptionId)).state, 'refunded')
})

test('a rejection on dLocal’s page leaves the checkout open; its notification settles it, forged ones do not', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token)
  const { id } = await attemptOf(subscriptionId)
  dlocal.finish(id, 'reject')
  assert.equal(await notify(id, 'another secret'), 400)
  assert.equal((await attemptOf(subscriptionId)).state, 'requires_action')
  assert.equal(await notify(id), 200)
  assert.equal(await notify(id), 200)
  assert.equal((await attemptOf(subscriptionId)).failure_code, 'insufficient_funds')
  await pay(token)
  const second = await attemptOf(subscriptionId)
  assert.notEqual(second.id, id)
  dlocal.finish(second.id, 'pay')
  assert.equal(await notify(second.id), 200)
  assert.equal(await statusOf(subscriptionId), 'active')
})

test('a payment whose address never reached the customer is canceled by the sweeper', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  dlocal.faults = ['drop_before']
  assert.equal((await pay(token)).status, 409)
  await sweepAttempts({ ...world.app.services, machineNow: () => machineNow().add({ hours: 1 }) }, 100)
  assert.equal((await attemptOf(subscriptionId)).state, 'failed')
  assert.equal((await pay(token)).status, 200)
})

test('a checkout asks for the identity number that dLocal needs', async () => {
  const { token } = await newCheckout(world)
  const { status, body } = await pay(token, { taxDocument: null })
  assert.equal(status, 422)
  assert.equal(body.error.param, 'taxDocument')
})

test('an identity number that is no tax number reaches dLocal, which judges it', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const address = { country: 'PE', line1: 'Av. Larco 101', city: 'Lima', postalCode: '15074' }
  assert.equal((await pay(token, { address, taxDocument: '41234567' })).status, 200)
  const { id, customer_id } = await attemptOf(subscriptionId)
  assert.equal(dlocal.paymentOf(id).payer.document, '41234567')
  assert.equal((await world.client.customers.get({ id: customer_id })).data?.taxDocument ?? null, null)
})
