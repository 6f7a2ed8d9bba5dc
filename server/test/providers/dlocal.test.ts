import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { chooseDefault, routeCountries } from '#payments/actions/change-connections.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { machineNow } from '#time/clock.ts'
import { newCheckout } from '../support/checkouts.ts'
import { AtDlocal } from '../support/dlocal-customers.ts'
import { DlocalDouble } from '../support/dlocal-double.ts'
import { createWorld, type World } from '../support/world.ts'

let dlocal: DlocalDouble
let world: World
let at: AtDlocal
before(async () => {
  dlocal = await DlocalDouble.start()
  world = await createWorld({ providerAddresses: { dlocal: dlocal.url } })
  at = await AtDlocal.connect(world, dlocal)
})
after(async () => {
  await world.close()
  await dlocal.stop()
})

async function statusOf(id: string): Promise<string | undefined> {
  return (await world.client.subscriptions.get({ id })).data?.status
}

/** The sweeper as it comes by an hour later. */
function sweepLater() {
  return sweepAttempts({ ...world.app.services, machineNow: () => machineNow().add({ hours: 1 }) }, 100)
}

async function told(type: string, transaction: string): Promise<number> {
  const { rows } = await world.database.pool.query(
    `select from event where type = $1 and data->>'paymentTransactionId' = $2`,
    [type, transaction],
  )
  return rows.length
}

test('success: the customer pays on dLocal’s page and comes back, active, with the stored card', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const { body } = await at.confirm(token)
  assert.equal(body.data.status, 'requires_action')
  const { id } = await at.attemptOf(subscriptionId)
  const step = await world.request('GET', new URL(body.data.action.url).pathname, { key: null })
  assert.equal(step.status, 303)
  assert.equal(step.headers.get('location'), dlocal.paymentOf(id).redirect_url)
  assert.equal(dlocal.paymentOf(id).amount, 29)
  assert.equal(dlocal.paymentOf(id).payer.document, '53033315550')
  dlocal.finish(id, 'pay')
  const returned = await at.comeBack(id)
  assert.equal(returned.status, 303)
  assert.match(returned.headers.get('location') ?? '', /\/checkout\//)
  assert.equal(await statusOf(subscriptionId), 'active')
  const settled = await at.attemptOf(subscriptionId)
  assert.equal(settled.provider_token, 'BR|53033315550|CID-1')
  assert.equal(settled.connection_id, at.connection)
})

test('decline: a rejection on dLocal’s page is said on the checkout, which stays open for another try', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await at.confirm(token)
  const { id } = await at.attemptOf(subscriptionId)
  dlocal.finish(id, 'reject')
  const back = await at.comeBack(id)
  assert.match(back.headers.get('location') ?? '', /\?failed=1$/)
  const page = await world.request('GET', `/checkout/${token}?failed=1`, { key: null })
  assert.match(String(page.body), /Not enough funds/)
  assert.equal((await at.attemptOf(subscriptionId)).failure_code, 'insufficient_funds')
  const second = await at.pay(token, subscriptionId)
  assert.notEqual(second, id)
  assert.equal(await statusOf(subscriptionId), 'active')
})

test('a customer who left dLocal’s page begins anew: the first payment is canceled there and cannot be paid any more', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await at.confirm(token)
  const { id } = await at.attemptOf(subscriptionId)
  await at.pay(token, subscriptionId)
  assert.equal(dlocal.paymentOf(id).status, 'CANCELLED')
  assert.equal(await statusOf(subscriptionId), 'active')
})

test('who begins anew although they had paid is not charged again, and their card is stored', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await at.confirm(token)
  const { id } = await at.attemptOf(subscriptionId)
  dlocal.finish(id, 'pay', 'CID-first')
  assert.equal((await at.confirm(token)).body.data.status, 'succeeded')
  const settled = await at.attemptOf(subscriptionId)
  assert.deepEqual([settled.id, settled.provider_token], [id, 'BR|53033315550|CID-first'])
})

test('timeout after the payment was made: the sweeper finds it, its page can be paid on, and there is one', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  dlocal.faults = ['drop_after']
  assert.equal((await at.confirm(token)).status, 409)
  const { id } = await at.attemptOf(subscriptionId)
  await sweepLater()
  assert.equal((await at.attemptOf(subscriptionId)).action_reference, dlocal.paymentOf(id).redirect_url)
  dlocal.finish(id, 'pay')
  assert.equal(await at.notify(id), 200)
  assert.equal(await statusOf(subscriptionId), 'active')
})

test('a payment whose address never reached the customer is canceled by the sweeper', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  dlocal.faults = ['drop_before']
  assert.equal((await at.confirm(token)).status, 409)
  await sweepLater()
  assert.equal((await at.attemptOf(subscriptionId)).state, 'failed')
  assert.equal((await at.confirm(token)).status, 200)
})

test('notifications twice, side by side and in the wrong order settle once', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await at.confirm(token)
  const { id } = await at.attemptOf(subscriptionId)
  const pending = structuredClone(dlocal.paymentOf(id))
  dlocal.finish(id, 'pay')
  assert.deepEqual(await Promise.all([at.notify(id), at.notify(id), at.notify(id)]), [200, 200, 200])
  assert.equal(await at.notify(id, { about: pending }), 200)
  assert.equal(await at.notify(id), 200)
  assert.equal(await statusOf(subscriptionId), 'active')
  assert.equal(await told('payment.received', id), 1)
})

test('a notification that dLocal did not sign, or that was changed on its way, is refused', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await at.confirm(token)
  const { id } = await at.attemptOf(subscriptionId)
  dlocal.finish(id, 'pay')
  assert.equal(await at.notify(id, { secretKey: 'another secret' }), 400)
  const { body, headers } = dlocal.notification(id)
  const post = (text: string, more: Record<string, string>) =>
    world.request('POST', at.webhook, { key: null, text, headers: more }).then(({ status }) => status)
  assert.equal(await post(body.replace('PAID', 'REJECTED'), headers), 400)
  assert.equal(await post(body, { ...headers, 'x-date': '2026-01-01T00:00:00.000Z' }), 400)
  assert.equal(await post(body, { 'content-type': 'application/json' }), 400)
  assert.equal((await at.attemptOf(subscriptionId)).state, 'requires_action')
  // What is signed and says too much is not believed either: dLocal is asked.
  const others = await newCheckout(world)
  await at.confirm(others.token)
  const unpaid = await at.attemptOf(others.subscriptionId)
  assert.equal(await at.notify(id, { about: { ...dlocal.paymentOf(unpaid.id), status: 'PAID' } }), 200)
  assert.equal((await at.attemptOf(others.subscriptionId)).state, 'requires_action')
})

test('a trial: the card is verified and stored without a payment', async () => {
  const { token, subscriptionId } = await newCheckout(world, { trialDays: 14 })
  const id = await at.pay(token, subscriptionId)
  assert.equal(dlocal.paymentOf(id).status, 'VERIFIED')
  assert.equal(dlocal.paymentOf(id).amount, 0)
  assert.equal(await statusOf(subscriptionId), 'trialing')
  const settled = await at.attemptOf(subscriptionId)
  assert.deepEqual([settled.kind, settled.provider_token], ['setup', 'BR|53033315550|CID-1'])
})

test('an account that may not verify cards says so, and nothing was charged', async () => {
  const { token, subscriptionId } = await newCheckout(world, { trialDays: 14 })
  dlocal.verifies = false
  const { status, body } = await at.confirm(token)
  dlocal.verifies = true
  assert.equal(status, 402)
  assert.equal(body.error.details.declineCode, 'provider_unsupported')
  assert.equal(
    body.error.message,
    'dLocal stores no card without a payment here: Amount too low (5016). Nothing was charged.',
  )
  const page = await world.request('GET', `/checkout/${token}?failed=1`, { key: null })
  assert.match(String(page.body), /This card can’t be saved without a payment/)
  assert.equal(await statusOf(subscriptionId), 'pending_payment')
  // A card that was verified and not stored is of no use either.
  await at.confirm(token)
  const { id } = await at.attemptOf(subscriptionId)
  dlocal.finish(id, 'pay', 'unsaved')
  await at.comeBack(id)
  assert.equal((await at.attemptOf(subscriptionId)).failure_code, 'provider_unsupported')
})

test('a checkout asks for the identity number that dLocal needs', async () => {
  const { token } = await newCheckout(world)
  const { status, body } = await at.confirm(token, { taxDocument: null })
  assert.equal(status, 422)
  assert.equal(body.error.param, 'taxDocument')
})

test('an identity number that is no tax number reaches dLocal, which judges it', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const address = { country: 'PE', line1: 'Av. Larco 101', city: 'Lima', postalCode: '15074' }
  assert.equal((await at.confirm(token, { address, taxDocument: '41234567' })).status, 200)
  const { id, customer_id } = await at.attemptOf(subscriptionId)
  assert.equal(dlocal.paymentOf(id).payer.document, '41234567')
  assert.equal((await world.client.customers.get({ id: customer_id })).data?.taxDocument ?? null, null)
})

test('an identity number that dLocal does not accept is said to be the trouble', async () => {
  const { token } = await newCheckout(world)
  const address = { country: 'PE', line1: 'Av. Larco 101', city: 'Lima', postalCode: '15074' }
  const { status, body } = await at.confirm(token, { address, taxDocument: '00000000000' })
  assert.equal(status, 402)
  assert.equal(body.error.details.declineCode, 'identity_refused')
  const page = await world.request('GET', `/checkout/${token}?failed=1`, { key: null })
  assert.match(String(page.body), /Your identity number wasn’t accepted/)
})

for (const { country, currency, rate, due, told: amount } of [
  { country: 'BR', currency: 'brl', rate: 5.17, due: 149.93, told: 14993n },
  { country: 'CL', currency: 'clp', rate: 950, due: 27550, told: 27550n },
] as const) {
  test(`${country} is routed to dLocal, which is asked for ${due} ${currency.toUpperCase()}, and Germany is not`, async () => {
    const side = await findOrg(world.db, world.orgId)
    assert(side)
    const context = { org: side, now: machineNow() }
    await inTransaction(world.db, async (tx) => {
      await routeCountries(tx, context, [country], 'dlocal')
      await chooseDefault(tx, context, null)
    })
    const codes = [country, 'DE'].map((from) => `cus_${from.toLowerCase()}`)
    for (const [index, from] of [country, 'DE'].entries()) {
      const address = { country: from, line1: '1', city: 'X', postalCode: '01310-100' }
      await world.client.customers.create({ id: codes[index] ?? '', email: `${from}@example.com`, address })
    }
    const plan = `in_${currency}`
    const { data } = await world.client.plans.create({ code: plan, name: plan })
    assert(data)
    await world.client.plans.addPrice({ id: data.id, billingInterval: 'monthly', price: 2900 })
    await world.client.plans.setRegionalPricing({ id: data.id, currency, exchangeRate: rate })
    const [there, here] = await Promise.all(
      codes.map((customerId) => world.client.subscriptions.create({ planCode: plan, customerId })),
    )
    assert.deepEqual([there?.data?.checkoutProvider, here?.data?.checkoutProvider], ['dlocal', 'commet'])
    const { id: subscription = '', checkoutUrl } = there?.data ?? {}
    const token = checkoutUrl?.split('/').at(-1) ?? ''
    const address = { country, line1: 'Calle 1', city: 'Centro', postalCode: '01310-100' }
    const id = await at.pay(token, subscription, { address, taxDocument: '53033315550' })
    const paid = dlocal.paymentOf(id)
    assert.deepEqual([paid.amount, paid.currency, paid.country], [due, currency.toUpperCase(), country])
    const settled = await at.attemptOf(subscription)
    assert.deepEqual([settled.state, settled.amount, settled.currency], ['succeeded', amount, currency])
    assert.equal(await statusOf(subscription), 'active')
  })
}
