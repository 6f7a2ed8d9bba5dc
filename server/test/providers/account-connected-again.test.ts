import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { removeConnection } from '#payments/actions/change-connections.ts'
import { machineNow } from '#time/clock.ts'
import { confirmation, newCheckout } from '../support/checkouts.ts'
import { connectStripe } from '../support/connections.ts'
import { StripeDouble } from '../support/stripe-double.ts'
import { createWorld, type World } from '../support/world.ts'

let stripe: StripeDouble
let world: World
before(async () => {
  stripe = await StripeDouble.start()
  world = await createWorld({ providerAddresses: { stripe: stripe.url } })
})
after(async () => {
  await world.close()
  await stripe.stop()
})

/** A charge at the default connection. */
async function payByDefault(): Promise<string> {
  const { token, subscriptionId } = await newCheckout(world)
  const { card: _card, ...typed } = confirmation('')
  const body = { ...typed, paymentToken: 'ctoken_visa_1' }
  assert.equal((await world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })).status, 200)
  const found = world.db.selectFrom('payment_transaction').select('id').where('subscription_id', '=', subscriptionId)
  return (await found.executeTakeFirstOrThrow()).id
}

/** A charge at a connection that is removed since. */
async function chargedBefore(): Promise<string> {
  const connection = await connectStripe(world, stripe, 'before')
  const transaction = await payByDefault()
  const org = await findOrg(world.db, world.orgId)
  assert(org)
  await inTransaction(world.db, (tx) =>
    removeConnection(tx, { org, now: machineNow() }, connection, { withMethods: true }),
  )
  return transaction
}

test('a dispute about a charge of before is heard at the new place of an account that was removed and connected again', async () => {
  const transaction = await chargedBefore()
  const connection = await connectStripe(world, stripe, 'again')
  const dispute = stripe.disputeCharge(transaction)
  const { body, headers } = stripe.disputeNotification('charge.dispute.created', dispute)
  const path = `/providers/stripe/${world.orgId}/${connection}/webhook`
  assert.equal((await world.request('POST', path, { key: null, text: body, headers })).status, 200)
  const disputed = world.db.selectFrom('payment_transaction').select('state').where('id', '=', transaction)
  assert.equal((await disputed.executeTakeFirstOrThrow()).state, 'disputed')
})

test('a card of before that its bank gives another date has it here, whichever connection of the account is told first', async () => {
  for (const first of ['old', 'new']) {
    const old = await connectStripe(world, stripe, `old ${first}`)
    const transaction = await payByDefault()
    const again = await connectStripe(world, stripe, `new ${first}`)
    const { body, headers } = stripe.renewCard(transaction, { exp_month: 3, exp_year: 2049 })
    for (const connection of first === 'old' ? [old, again] : [again, old]) {
      const path = `/providers/stripe/${world.orgId}/${connection}/webhook`
      assert.equal((await world.request('POST', path, { key: null, text: body, headers })).status, 200)
    }
    const cards = world.db
      .selectFrom('payment_method')
      .select(['exp_month', 'exp_year'])
      .where('connection_id', '=', old)
    assert.deepEqual(await cards.execute(), [{ exp_month: 3, exp_year: 2049 }])
  }
})
