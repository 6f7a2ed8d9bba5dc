import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sweepNotifications } from '#payments/actions/sweep-notifications.ts'
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
  world = await createWorld({ providerAddresses: { stripe: stripe.url }, answerProvidersWithinMs: 50 })
  connection = await connectStripe(world, stripe)
})
after(async () => {
  await world.close()
  await stripe.stop()
})

const { card: _card, ...typed } = confirmation('')

/** A checkout whose customer has passed the step at their bank, which nobody has told of yet. */
async function confirmedAtTheBank(): Promise<{ transaction: string; subscription: string }> {
  const { token, subscriptionId } = await newCheckout(world)
  const body = { ...typed, paymentToken: 'ctoken_3ds_1' }
  await world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })
  const { id } = await world.db
    .selectFrom('payment_transaction')
    .select('id')
    .where('subscription_id', '=', subscriptionId)
    .executeTakeFirstOrThrow()
  stripe.authenticate(id, 'approve')
  return { transaction: id, subscription: subscriptionId }
}

function post({ body, headers }: { body: string; headers: Record<string, string> }) {
  const path = `/providers/stripe/${world.orgId}/${connection}/webhook`
  return world.request('POST', path, { key: null, text: body, headers })
}

async function stateOf(transaction: string): Promise<string> {
  const found = world.db.selectFrom('payment_transaction').select('state').where('id', '=', transaction)
  return (await found.executeTakeFirstOrThrow()).state
}

async function paidEvents(transaction: string): Promise<number> {
  const { rows } = await world.database.pool.query(
    `select from event where type = 'payment.received' and data->>'paymentTransactionId' = $1`,
    [transaction],
  )
  return rows.length
}

/** What waits to be acted on, by its kind. */
async function waiting(): Promise<string[]> {
  const { rows } = await world.database.pool.query<{ type: string }>(
    'select type from provider_event where look_again_at is not null order by type',
  )
  return rows.map(({ type }) => type)
}

async function untilNothingWaits(): Promise<void> {
  while ((await waiting()).length > 0) await wait(10)
}

const later = (minutes: number) => ({ ...world.app.services, machineNow: () => machineNow().add({ minutes }) })

test('while somebody holds its subscription a notification is answered all the same, and acted on once that is free', async () => {
  const { transaction, subscription } = await confirmedAtTheBank()
  const notification = stripe.notification('payment_intent.succeeded', transaction)
  const holder = await world.database.pool.connect()
  try {
    await holder.query('begin')
    await holder.query('select from subscription where id = $1 for update', [subscription])
    const told = await Promise.all([post(notification), post(notification), post(notification)])
    assert.deepEqual(
      told.map(({ status }) => status),
      [200, 200, 200],
    )
    assert.equal(await stateOf(transaction), 'requires_action')
    assert.deepEqual(await waiting(), ['payment_intent.succeeded'])
    await holder.query('commit')
  } finally {
    holder.release()
  }
  await untilNothingWaits()
  assert.equal(await stateOf(transaction), 'succeeded')
  assert.equal(await paidEvents(transaction), 1)
})

test('what was told while Stripe did not say how it stands is acted on by the sweeper, once', async () => {
  const { transaction } = await confirmedAtTheBank()
  const notification = stripe.notification('payment_intent.succeeded', transaction)
  stripe.isMute = true
  assert.equal((await post(notification)).status, 200)
  await sweepNotifications(later(1), 100)
  assert.deepEqual(await waiting(), ['payment_intent.succeeded'])
  stripe.isMute = false
  // Looked at again when its time has come, by one of those who look.
  assert.equal((await sweepNotifications(later(1), 100)).looked, 0)
  const reports = await Promise.all([1, 2, 3].map(() => sweepNotifications(later(3), 100)))
  assert.deepEqual(reports.map(({ looked }) => looked).sort(), [0, 0, 1])
  assert.equal(await stateOf(transaction), 'succeeded')
  assert.equal((await post(notification)).status, 200)
  assert.deepEqual(await waiting(), [])
  assert.equal(await paidEvents(transaction), 1)
})

test('a dispute about a charge that is not settled here yet waits for it', async () => {
  const { transaction } = await confirmedAtTheBank()
  const dispute = stripe.disputeCharge(transaction)
  assert.equal((await post(stripe.disputeNotification('charge.dispute.created', dispute))).status, 200)
  assert.deepEqual(await waiting(), ['charge.dispute.created'])
  assert.equal((await post(stripe.notification('payment_intent.succeeded', transaction))).status, 200)
  await sweepNotifications(later(1), 100)
  assert.deepEqual(await waiting(), [])
  assert.equal(await stateOf(transaction), 'disputed')
})
