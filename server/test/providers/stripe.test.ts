import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findOrg } from '#organisations/sides.store.ts'
import { reconcileSide } from '#payments/actions/reconcile-side.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { machineNow } from '#time/clock.ts'
import { confirmation, newCheckout } from '../support/checkouts.ts'
import { connectStripe } from '../support/connections.ts'
import { StripeDouble } from '../support/stripe-double.ts'
import { createWorld, type World } from '../support/world.ts'

let stripe: StripeDouble
let world: World
let connection: string
before(async () => {
  stripe = await StripeDouble.start()
  world = await createWorld({ providerAddresses: { stripe: stripe.url } })
  connection = await connectStripe(world, stripe)
})
after(async () => {
  await world.close()
  await stripe.stop()
})

const { card: _card, ...typed } = confirmation('')

function pay(token: string, paymentToken: string) {
  return world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body: { ...typed, paymentToken } })
}

async function notify(type: string, transaction: string, changes: { id?: string; secret?: string; at?: number } = {}) {
  const { body, headers } = stripe.notification(type, transaction, changes)
  const path = `/providers/stripe/${world.orgId}/${connection}/webhook`
  return (await world.request('POST', path, { key: null, text: body, headers })).status
}

/** The newest charge or set-up of a subscription, as our books have it. */
async function attemptOf(subscriptionId: string) {
  return world.db
    .selectFrom('payment_transaction')
    .selectAll()
    .where('subscription_id', '=', subscriptionId)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
}

/** The sweeper as it comes by an hour later. */
function sweepLater() {
  return sweepAttempts({ ...world.app.services, machineNow: () => machineNow().add({ hours: 1 }) }, 100)
}

async function statusOf(id: string): Promise<string | undefined> {
  return (await world.client.subscriptions.get({ id })).data?.status
}

test('a checkout at Stripe tells the page what its fields need, and the subscription who takes the payment', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const { body } = await world.request('GET', `/hosted/v1/checkout/${token}`, { key: null })
  assert.equal(body.data.provider, 'stripe')
  assert.equal(body.data.intake, 'element')
  assert.equal(body.data.publishableKey, 'pk_test_double12345678')
  const { data } = await world.client.subscriptions.get({ id: subscriptionId })
  assert.equal(data?.checkoutProvider, 'stripe')
})

test('a first payment at Stripe: active, the card stored at the connection, and charged once', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const { status, body } = await pay(token, 'ctoken_visa_first')
  assert.equal(status, 200)
  assert.equal(body.data.status, 'succeeded')
  assert.equal(await statusOf(subscriptionId), 'active')
  const attempt = await attemptOf(subscriptionId)
  assert.equal(attempt.connection_id, connection)
  assert.match(attempt.provider_token, /^cus_double\d+\/pm_double\d+$/)
  const method = await world.db
    .selectFrom('payment_method')
    .selectAll()
    .where('customer_id', '=', attempt.customer_id)
    .executeTakeFirstOrThrow()
  assert.equal(method.connection_id, connection)
  assert.equal(method.provider_token, attempt.provider_token)
  assert.deepEqual(
    stripe.charged().filter(({ transaction }) => transaction === attempt.id),
    [{ transaction: attempt.id, amount: 2900 }],
  )
})

test('a declined card may be followed by a good one', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const declined = await pay(token, 'ctoken_nofunds_1')
  assert.equal(declined.status, 402)
  assert.equal(declined.body.error.details.declineCode, 'insufficient_funds')
  assert.equal((await pay(token, 'ctoken_visa_2')).status, 200)
  assert.equal(await statusOf(subscriptionId), 'active')
})

test('an authentication goes through Stripe’s script, and the notification settles it', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const { body } = await pay(token, 'ctoken_3ds_1')
  assert.equal(body.data.status, 'requires_action')
  assert.match(body.data.action.clientSecret, /^pi_double\d+_secret_/)
  const { id } = await attemptOf(subscriptionId)
  stripe.authenticate(id, 'approve')
  assert.equal(await notify('payment_intent.succeeded', id), 200)
  assert.equal(await statusOf(subscriptionId), 'active')
})

test('a failed authentication leaves the checkout open for another card', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token, 'ctoken_3ds_2')
  const { id } = await attemptOf(subscriptionId)
  stripe.authenticate(id, 'fail')
  assert.equal(await notify('payment_intent.payment_failed', id), 200)
  assert.equal(await statusOf(subscriptionId), 'pending_payment')
  assert.equal((await attemptOf(subscriptionId)).failure_code, 'authentication_failed')
  assert.equal((await pay(token, 'ctoken_visa_3')).status, 200)
})

test('notifications twice and in the wrong order settle once', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token, 'ctoken_3ds_3')
  const { id } = await attemptOf(subscriptionId)
  stripe.authenticate(id, 'approve')
  assert.equal(await notify('payment_intent.succeeded', id, { id: 'evt_same' }), 200)
  assert.equal(await notify('payment_intent.requires_action', id), 200)
  assert.equal(await notify('payment_intent.succeeded', id, { id: 'evt_same' }), 200)
  assert.equal(await statusOf(subscriptionId), 'active')
  const received = await world.db.selectFrom('event').select('data').where('type', '=', 'payment.received').execute()
  const ours = received.filter(({ data }) => (data as { subscriptionId: string }).subscriptionId === subscriptionId)
  assert.equal(ours.length, 1)
})

test('a notification that was not signed with the secret, or long ago, is refused', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token, 'ctoken_3ds_4')
  const { id } = await attemptOf(subscriptionId)
  stripe.authenticate(id, 'approve')
  assert.equal(await notify('payment_intent.succeeded', id, { secret: 'whsec_of_somebody_else' }), 400)
  assert.equal(await notify('payment_intent.succeeded', id, { at: Math.floor(Date.now() / 1000) - 3_600 }), 400)
  assert.equal(await statusOf(subscriptionId), 'pending_payment')
  assert.equal(await notify('payment_intent.succeeded', id), 200)
})

test('charged and the answer lost: on its way, then found by the sweeper, charged once', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  stripe.faults = ['drop_after', 'drop_after']
  assert.equal((await pay(token, 'ctoken_visa_4')).status, 409)
  const { id, state } = await attemptOf(subscriptionId)
  assert.equal(state, 'started')
  await sweepLater()
  assert.equal(await statusOf(subscriptionId), 'active')
  assert.equal(stripe.charged().filter(({ transaction }) => transaction === id).length, 1)
})

test('never arrived and the customer gone: taken back, and another card can be tried', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  stripe.faults = ['drop_before', 'drop_before']
  assert.equal((await pay(token, 'ctoken_visa_5')).status, 409)
  const { id } = await attemptOf(subscriptionId)
  await sweepLater()
  assert.equal((await attemptOf(subscriptionId)).state, 'failed')
  assert.equal((await pay(token, 'ctoken_visa_6')).status, 200)
  assert.equal(stripe.charged().filter(({ transaction }) => transaction === id).length, 0)
})

test('a refund gives the charge back once, also when its answer was lost', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token, 'ctoken_visa_refunded')
  const { id } = await attemptOf(subscriptionId)
  const answer = await world.request('POST', `/api/v1/transactions/${id}/refund`)
  assert.equal(answer.status, 200)
  const refunds = () => stripe.refunds.filter(({ metadata }) => metadata.transaction === id)
  assert.deepEqual(
    refunds().map(({ amount }) => amount),
    [2900],
  )
  assert.equal((await attemptOf(subscriptionId)).state, 'refunded')
  assert.equal(await statusOf(subscriptionId), 'canceled')
  const provider = await world.app.services.connections.open(world.orgId, connection)
  const refund = refunds()[0]
  assert(provider && refund)
  const again = { chargeReference: refund.payment_intent, amount: 2900n, currency: 'usd', metadata: refund.metadata }
  const key = refund.metadata.refund ?? ''
  assert.deepEqual(await provider.refund({ ...again, idempotencyKey: key }), {
    outcome: 'succeeded',
    reference: refund.id,
  })
  assert.equal((await provider.refund({ ...again, idempotencyKey: 're_another', metadata: {} })).outcome, 'failed')
  assert.equal(refunds().length, 1)
})

test('a dispute and its end are heard, told twice or in the wrong order', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token, 'ctoken_visa_disputed')
  const { id } = await attemptOf(subscriptionId)
  const tell = async (type: string) => {
    const { body, headers } = stripe.disputeNotification(type, disputeId)
    const path = `/providers/stripe/${world.orgId}/${connection}/webhook`
    return (await world.request('POST', path, { key: null, text: body, headers })).status
  }
  const disputeId = stripe.disputeCharge(id)
  assert.equal(await tell('charge.dispute.created'), 200)
  assert.equal((await attemptOf(subscriptionId)).state, 'disputed')
  stripe.disputeCharge(id, 'won')
  assert.equal(await tell('charge.dispute.closed'), 200)
  assert.equal(await tell('charge.dispute.created'), 200)
  assert.equal(await tell('charge.dispute.closed'), 200)
  assert.equal((await attemptOf(subscriptionId)).state, 'succeeded')
  const rows = await world.db.selectFrom('event').select('type').where('type', 'like', 'payment.dispute%').execute()
  assert.deepEqual(rows.map(({ type }) => type).sort(), ['payment.dispute_resolved', 'payment.disputed'])
})

test('a card that its bank gives another date has it here too, and its end is told by it', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token, 'ctoken_visa_renewed')
  const { id, customer_id } = await attemptOf(subscriptionId)
  const card = () =>
    world.db
      .selectFrom('payment_method')
      .select(['exp_month', 'exp_year', 'expiry_notice_on', 'is_default'])
      .where('customer_id', '=', customer_id)
      .executeTakeFirstOrThrow()
      .then(({ exp_month, exp_year, expiry_notice_on, is_default }) =>
        [exp_month, exp_year, String(expiry_notice_on), is_default].join(' '),
      )
  assert.equal(await card(), '12 2044 2044-12-02 true')
  const { body, headers } = stripe.renewCard(id, { exp_month: 3, exp_year: 2049 })
  const path = `/providers/stripe/${world.orgId}/${connection}/webhook`
  for (let times = 0; times < 2; times++) {
    assert.equal((await world.request('POST', path, { key: null, text: body, headers })).status, 200)
  }
  assert.equal(await card(), '3 2049 2049-03-02 true')
})

test('reconciling finds the books equal, and a charge that only Stripe has', async () => {
  const run = async () => {
    const services = { ...world.app.services }
    const side = await findOrg(world.db, world.orgId)
    assert(side)
    const found = await reconcileSide(services, side)
    return found.find(({ connection: name }) => name === 'stripe')?.differences?.map(({ kind }) => kind)
  }
  assert.deepEqual(await run(), [])
  const [paid] = [...stripe.intents.values()].filter(
    ({ status, object }) => status === 'succeeded' && object === 'payment_intent',
  )
  assert(paid)
  stripe.intents.set('pi_extra', {
    ...paid,
    id: 'pi_extra',
    metadata: { ...paid.metadata, transaction: 'txn_of_nobody' },
  })
  assert.deepEqual(await run(), ['missing_here'])
  stripe.intents.delete('pi_extra')
  paid.amount_received += 1
  assert.deepEqual(await run(), ['another_amount'])
  paid.amount_received -= 1
})

test('a typed card number is refused and goes nowhere', async () => {
  const { token } = await newCheckout(world)
  const body = confirmation('4242 4242 4242 4242')
  const { status } = await world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })
  assert.equal(status, 422)
  assert.doesNotMatch(stripe.bodies.join('\n'), /4242 ?4242 ?4242/)
})

test('a provider that is not connected is refused, and the built-in one stays there in the sandbox', async () => {
  const { customerId } = await newCheckout(world)
  const refused = await world.request('POST', '/api/v1/subscriptions', {
    body: { customerId, planCode: 'checkout_plan_1', provider: 'dlocal' },
  })
  assert.equal(refused.status, 409)
  assert.equal(refused.body.error.code, 'provider_unsupported')
  const { token } = await newCheckout(world, { subscription: { provider: 'commet' } })
  const { body } = await world.request('GET', `/hosted/v1/checkout/${token}`, { key: null })
  assert.deepEqual([body.data.provider, body.data.intake], ['commet', 'card'])
})

test('a dispute counts only where its charge was made: another account that claims it is not believed', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await pay(token, 'ctoken_visa_claimed')
  const { id } = await attemptOf(subscriptionId)
  const another = await connectStripe(world, stripe, 'another')
  const { body, headers } = stripe.disputeNotification('charge.dispute.created', stripe.disputeCharge(id))
  const path = `/providers/stripe/${world.orgId}/${another}/webhook`
  const { connections } = world.app.services
  const { open } = connections
  // The account that was charged knows nothing of it.
  const findDispute = async () => undefined
  Object.assign(connections, {
    open: async (orgId: string, connectionId: string) => {
      const provider = await open(orgId, connectionId)
      return provider && connectionId !== another ? { ...provider, findDispute } : provider
    },
  })
  try {
    assert.equal((await world.request('POST', path, { key: null, text: body, headers })).status, 200)
  } finally {
    Object.assign(connections, { open })
  }
  assert.equal((await attemptOf(subscriptionId)).state, 'succeeded')
})
