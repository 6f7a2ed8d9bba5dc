import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { sql } from 'kysely'
import { sweepPayouts } from '#payments/actions/sweep-payouts.ts'
import { machineNow } from '#time/clock.ts'
import { connect } from '../support/connections.ts'
import { live, verification } from '../support/payouts.ts'
import { StripeDouble } from '../support/stripe-double.ts'
import { createWorld, type World } from '../support/world.ts'

let stripe: StripeDouble
let world: World
let path: string
before(async () => {
  stripe = await StripeDouble.start('live')
})
beforeEach(async () => {
  await world?.close()
  stripe.payingOut.payouts.length = 0
  Object.assign(stripe.payingOut, { isEnabled: true, showsBanks: true })
  Object.assign(stripe.payingOut.balance, { available: 50_000, pending: 7_000 })
  world = await createWorld({ providerAddresses: { stripe: stripe.url } })
  const { secretKey, publishableKey, webhookSecret } = stripe
  const keys = { secretKey, publishableKey, webhookSecret }
  const connection = await connect({ db: world.db, orgId: world.liveOrgId }, 'stripe', keys)
  path = `/providers/stripe/${world.liveOrgId}/${connection}/webhook`
})
after(async () => {
  await world.close()
  await stripe.stop()
})

const verify = () => live(world, '/payouts/verification', verification)

/** Stripe tells something, as it signs it. */
async function tells(type: string, object?: unknown, id?: string): Promise<number> {
  const { body, headers } = stripe.payoutNotification(type, object, id === undefined ? {} : { id })
  const { status } = await fetch(world.url + path, { method: 'POST', headers, body })
  return status
}

async function told(): Promise<[string, unknown][]> {
  const rows = await world.db
    .selectFrom('event')
    .select(['type', 'data'])
    .where('type', 'like', 'payout.%')
    .orderBy('id')
    .execute()
  return rows.map(({ type, data }) => [type, data])
}
const standings = async () => {
  const rows = await world.db.selectFrom('payout').select(['status', 'failure_code']).orderBy('id').execute()
  return rows.map(({ status, failure_code }) => (failure_code === null ? status : `${status}: ${failure_code}`))
}
const later = () => ({ ...world.app.services, machineNow: () => machineNow().add({ hours: 1 }) })

test('the account of the keys is the one that pays out, to a bank account that Stripe knows', async () => {
  const { body } = await verify()
  assert.equal(body.data.providerAccountId, 'acct_double1')
  assert.equal(body.data.status, 'verified')
  const banks = await world.db
    .selectFrom('payout_bank_account')
    .select(['provider_token', 'last4', 'bank_name', 'is_default'])
    .execute()
  assert.deepEqual(banks, [{ provider_token: 'ba_double1', last4: '6789', bank_name: 'First Bank', is_default: true }])
  assert.equal((await verify()).body.data.alreadyExists, true)
  const stranger = await live(world, '/payouts/bank-accounts', { ...verification.bank, accountNumber: '000999994321' })
  assert.equal(stranger.status, 422)
  assert.equal(stranger.body.error.param, 'accountNumber')
  assert.match(stranger.body.error.message, /no bank account that ends in 4321/)
  assert(!stripe.bodies.some((sent) => /000123456789|000999994321/.test(sent)), 'numbers stay here too')
})

test('where Stripe hides the bank accounts, its default one is paid to', async () => {
  stripe.payingOut.showsBanks = false
  assert.equal((await verify()).status, 201)
  assert.equal((await live(world, '/payouts', { amount: 1_000 })).body.data.status, 'in_transit')
  assert.equal(stripe.payingOut.payouts[0]?.destination, 'ba_double1')
})

test('an account that Stripe restricts pays nothing out until Stripe says otherwise', async () => {
  stripe.payingOut.isEnabled = false
  const { body } = await verify()
  assert.deepEqual([body.data.status, body.data.transfersEnabled], ['restricted', false])
  assert.equal((await live(world, '/payouts', { amount: 1_000 })).status, 422)
  stripe.payingOut.isEnabled = true
  assert.equal((await verify()).body.data.status, 'verified')
  assert.equal((await live(world, '/payouts', { amount: 1_000 })).status, 201)
})

test('what Stripe has available is paid out, and no more', async () => {
  await verify()
  const { body } = await live(world, '/payouts', { amount: 30_000, description: 'June' })
  assert.match(body.data.providerTransferId, /^po_double/)
  assert.deepEqual([body.data.status, body.data.netAmount, body.data.currency], ['in_transit', 30_000, 'usd'])
  const more = await live(world, '/payouts', { amount: 20_001 })
  assert.equal(more.status, 402)
  assert.deepEqual(more.body.error.details, { available: 20_000, pending: 7_000 })
})

test('a payout is paid when Stripe says so, and may come back from the bank afterwards', async () => {
  await verify()
  const { body } = await live(world, '/payouts', { amount: 10_000 })
  const paid = stripe.payingOut.settle(body.data.providerTransferId, 'paid')
  assert.equal(await tells('payout.paid', paid, 'evt_paid'), 200)
  assert.equal(await tells('payout.paid', paid, 'evt_paid'), 200)
  assert.deepEqual(await standings(), ['paid'])
  assert.equal(await tells('payout.failed', stripe.payingOut.settle(paid.id, 'failed', 'account_closed')), 200)
  assert.deepEqual(await standings(), ['failed: account_closed'])
  assert.deepEqual(
    (await told()).map(([type]) => type),
    ['payout.created', 'payout.paid', 'payout.failed'],
  )
})

test('the sweep hears of an end that nobody told, and a refusal is an end', async () => {
  await verify()
  const { body } = await live(world, '/payouts', { amount: 10_000 })
  stripe.payingOut.settle(body.data.providerTransferId, 'paid')
  await sql`update payout set look_again_at = now()`.execute(world.db)
  await sweepPayouts(later(), 10)
  stripe.payingOut.balance.available = 5_000
  const asked = live(world, '/payouts', { amount: 5_000 })
  const other = live(world, '/payouts', { amount: 5_000 })
  const statuses = (await Promise.all([asked, other])).map(({ status }) => status).sort()
  assert.equal(statuses[0], 201)
  assert.equal(stripe.payingOut.balance.available, 0)
  assert.equal(stripe.payingOut.payouts.length, 2)
})

for (const fault of ['drop_before', 'drop_after', 'fail_500'] as const) {
  test(`a payout whose answer was lost (${fault}) is sent once`, async () => {
    await verify()
    // Stripe's client asks again by itself when a connection broke.
    stripe.faults.push(fault, fault)
    const { body } = await live(world, '/payouts', { amount: 10_000 })
    assert.equal(body.data.status, 'pending')
    stripe.faults.length = 0
    // Stripe has forgotten the key by then.
    stripe.forgetKeys()
    await sweepPayouts(later(), 10)
    assert.deepEqual(await standings(), ['in_transit'])
    assert.equal(stripe.payingOut.payouts.length, 1)
    assert.equal(stripe.payingOut.balance.available, 40_000)
  })
}

test('money that became available is told once for each of Stripe’s notifications, in the currency of the bank account', async () => {
  await verify()
  assert.equal(await tells('balance.available', undefined, 'evt_1'), 200)
  assert.equal(await tells('balance.available', undefined, 'evt_1'), 200)
  assert.deepEqual(await told(), [['payout.available', { availableAmount: 50_000, currency: 'usd' }]])
})
