import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { chooseDefault, removeConnection, routeCountries } from '#payments/actions/change-connections.ts'
import { machineNow } from '#time/clock.ts'
import { billOnce } from '../support/bill-once.ts'
import { Story } from '../support/billing-stories.ts'
import { sweepLater } from '../support/children.ts'
import { connectStripe, joinAtStripe } from '../support/connections.ts'
import { AtDlocal, joinAtDlocal } from '../support/dlocal-customers.ts'
import { DlocalDouble } from '../support/dlocal-double.ts'
import { StripeDouble } from '../support/stripe-double.ts'

let stripe: StripeDouble
let dlocal: DlocalDouble
let story: Story
let at: AtDlocal
before(async () => {
  ;[stripe, dlocal] = await Promise.all([StripeDouble.start(), DlocalDouble.start()])
  story = await Story.on('2041-03-10', { providerAddresses: { stripe: stripe.url, dlocal: dlocal.url } })
  await story.plan('pro', { price: 2900 })
  await connectStripe(story.world, stripe)
  await joinAtStripe(story, 'ada', 'pro')
  at = await AtDlocal.connect(story.world, dlocal)
  await joinAtDlocal(story, at, 'bia', 'pro')
})
after(async () => {
  await story.close()
  await Promise.all([stripe.stop(), dlocal.stop()])
})

async function side() {
  const org = await findOrg(story.world.db, story.world.orgId)
  assert(org)
  return { org, now: machineNow() }
}

/** How often each was charged: at Stripe, at dLocal. */
const charged = () => [stripe.charged().length, dlocal.paid().length]

test('stored cards are charged where they were stored, whatever is routed afterwards', async () => {
  const context = await side()
  await inTransaction(story.world.db, (tx) => routeCountries(tx, context, ['BR', 'US'], 'stripe'))
  await story.until('2041-04-10')
  assert.deepEqual(charged(), [2, 2])
  await inTransaction(story.world.db, async (tx) => {
    await routeCountries(tx, context, ['BR', 'US'], 'dlocal')
    await chooseDefault(tx, context, null)
  })
  await story.until('2041-05-10')
  assert.deepEqual(charged(), [3, 3])
  assert.deepEqual(
    [(await story.subscription('ada')).status, (await story.subscription('bia')).status],
    ['active', 'active'],
  )
})

test('a provider that does not answer is waited for: nothing is charged elsewhere', async () => {
  dlocal.isMute = true
  await story.goTo('2041-06-10')
  await billOnce(story)
  dlocal.isMute = false
  assert.deepEqual(charged(), [4, 3])
  assert.equal((await at.attemptOf((await story.subscription('bia')).id)).state, 'started')
  await sweepLater(story.world)
  assert.deepEqual(charged(), [4, 4])
})

test('a connection with stored cards is not removed by mistake, and says how many there are', async () => {
  const context = await side()
  await assert.rejects(
    inTransaction(story.world.db, (tx) => removeConnection(tx, context, 'dlocal', { withMethods: false })),
    {
      code: 'duplicate',
      message: '1 stored card can be charged through dlocal only, and nowhere else once it is removed.',
    },
  )
  assert.equal(
    (await story.world.client.subscriptions.get({ id: (await story.subscription('bia')).id })).data?.status,
    'active',
  )
})

test('removed all the same: what it charged can be given back, renewals fail until another card is given, which is taken elsewhere', async () => {
  const context = await side()
  await inTransaction(story.world.db, (tx) => removeConnection(tx, context, 'dlocal', { withMethods: true }))
  await story.until('2041-07-10')
  const { id, status } = await story.subscription('bia')
  assert.equal(status, 'past_due')
  const failed = await at.attemptOf(id)
  assert.deepEqual([failed.state, failed.failure_code], ['failed', 'provider_unavailable'])
  assert.deepEqual(charged(), [5, 4])

  await inTransaction(story.world.db, (tx) => chooseDefault(tx, context, 'stripe'))
  const link = await story.world.request('POST', `/api/v1/subscriptions/${id}/recovery-link`)
  const opened = await story.world.request('GET', new URL(link.body.data.url).pathname, { key: null })
  const token = opened.headers.get('location')?.split('/').at(-1) ?? ''
  const { body } = await story.world.request('GET', `/hosted/v1/checkout/${token}`, { key: null })
  assert.equal(body.data.provider, 'stripe')
  const { body: paid } = await at.confirm(token, { paymentToken: 'ctoken_visa_bia' })
  assert.equal(paid.data.status, 'succeeded')
  assert.equal((await story.subscription('bia')).status, 'active')
  assert.deepEqual(charged(), [6, 4])
  await story.until('2041-08-10')
  assert.deepEqual(charged(), [8, 4])

  const { rows } = await story.world.database.pool.query<{ id: string }>(
    `select id from payment_transaction where subscription_id = $1 and provider = 'dlocal' and state = 'succeeded' order by id`,
    [id],
  )
  const last = rows.at(-1)?.id ?? ''
  assert.equal((await story.world.request('POST', `/api/v1/transactions/${last}/refund`)).status, 200)
  assert.equal(dlocal.paymentOf(last).refunds.length, 1)
})
