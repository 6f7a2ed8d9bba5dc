import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { removeConnection } from '#payments/actions/change-connections.ts'
import { machineNow } from '#time/clock.ts'
import { cards, confirmation, newCheckout, visit } from '../support/checkouts.ts'
import { connectStripe } from '../support/connections.ts'
import { stripeWorld } from '../support/stripe-world.ts'

const { stripe, world } = await stripeWorld()

async function remove(connectionId: string): Promise<void> {
  const org = await findOrg(world.db, world.orgId)
  assert(org)
  await inTransaction(world.db, (tx) =>
    removeConnection(tx, { org, now: machineNow() }, connectionId, { withMethods: true }),
  )
}

const confirm = (token: string, body: unknown) =>
  world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })
const atStripe = (token: string) => {
  const { card: _card, ...typed } = confirmation('')
  return { ...typed, paymentToken: `ctoken_3ds_${token.slice(0, 4)}` }
}

const described = async (token: string) =>
  (await world.request('GET', `/hosted/v1/checkout/${token}`, { key: null })).body.data
const newest = () => [...stripe.intents.values()].at(-1)?.metadata.transaction ?? ''

test('a checkout whose connection is removed while its page is open says so, charges nothing, and goes on at another', async () => {
  const connection = await connectStripe(world, stripe)
  const { token, subscriptionId } = await newCheckout(world)
  assert.equal((await described(token)).provider, 'stripe')
  await remove(connection)
  const refused = await confirm(token, atStripe(token))
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'provider_unsupported'])
  assert.match(refused.body.error.message, /Reload it and go on there\. Nothing was charged\./)
  assert.deepEqual(
    [stripe.intents.size, (await described(token)).provider, (await described(token)).intake],
    [0, 'commet', 'card'],
  )
  const { headers, body } = await visit(world, `/checkout/${token}`)
  assert.match(body, /name="cardNumber"/)
  assert.doesNotMatch(headers.get('content-security-policy') ?? '', /stripe/)
  assert.equal((await confirm(token, confirmation(cards.pays))).status, 200)
  assert.equal((await world.client.subscriptions.get({ id: subscriptionId })).data?.status, 'active')
  assert.deepEqual(stripe.charged(), [])
})

test('the bank’s step that is open at a connection when it is removed goes on there', async () => {
  const connection = await connectStripe(world, stripe)
  const { token, subscriptionId } = await newCheckout(world)
  assert.equal((await confirm(token, atStripe(token))).body.data.status, 'requires_action')
  await remove(connection)
  const waiting = await described(token)
  assert.deepEqual(
    [waiting.status, waiting.intake, waiting.publishableKey],
    ['requires_action', 'element', stripe.publishableKey],
  )
  assert.match(
    (await visit(world, `/checkout/${token}`)).headers.get('content-security-policy') ?? '',
    /js\.stripe\.com/,
  )
  stripe.authenticate(newest(), 'approve')
  const done = await world.request('POST', `/hosted/v1/checkout/${token}/complete`, { key: null })
  assert.deepEqual([done.status, done.body.data.status], [200, 'succeeded'])
  assert.equal((await world.client.subscriptions.get({ id: subscriptionId })).data?.status, 'active')
})

test('a card at a removed connection is charged no more: the page for another one takes it elsewhere', async () => {
  const connection = await connectStripe(world, stripe)
  const { token, subscriptionId } = await newCheckout(world)
  const { card: _card, ...typed } = confirmation('')
  assert.equal((await confirm(token, { ...typed, paymentToken: 'ctoken_visa_last' })).status, 200)
  await remove(connection)
  const { data } = await world.client.subscriptions.updatePaymentMethod({ id: subscriptionId })
  const other = data?.checkoutUrl.split('/').at(-1) ?? ''
  assert.equal((await described(other)).intake, 'card')
  assert.equal((await confirm(other, confirmation(cards.pays))).status, 200)
})
