import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { connect } from '../support/connections.ts'
import { bank, directPayoutsTo, live, passTransit, sell, settleSales, verification } from '../support/payouts.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
  await connect({ db: world.db, orgId: world.liveOrgId }, 'commet', {})
})
after(() => world.close())

async function told(): Promise<string[]> {
  const rows = await world.db
    .selectFrom('event')
    .select('type')
    .where('type', 'like', 'payout.%')
    .orderBy('id')
    .execute()
  return rows.map(({ type }) => type)
}

test('Payouts.completeVerification', async () => {
  const { data } = await world.liveClient.payouts.completeVerification(verification)
  assert.match(data?.providerAccountId ?? '', /^sim_acct_/)
  const { providerAccountId, ...rest } = data ?? {}
  assert.deepEqual(rest, {
    status: 'verified',
    transfersEnabled: true,
    alreadyExists: false,
    businessType: 'individual',
    country: 'US',
    object: 'payout_account',
    livemode: true,
  })
  const again = await world.liveClient.payouts.completeVerification(verification)
  assert.equal(again.data?.providerAccountId, providerAccountId)
  assert.equal(again.data?.alreadyExists, true)
})

test('Payouts.addBankAccount', async () => {
  const { data } = await world.liveClient.payouts.addBankAccount({ ...bank, accountNumber: '000999994321' })
  assert.match(data?.id ?? '', /^pba_/)
  assert.equal(data?.last4, '4321')
  assert.equal(data?.isDefault, false)
  assert.doesNotMatch(JSON.stringify(data), /000999994321/)
})

test('Payouts.request', async () => {
  await sell(world, 5000)
  const early = await live(world, '/payouts', { amount: 1000 })
  assert.equal(early.status, 402)
  assert.equal(early.body.error.code, 'insufficient_balance')
  assert.deepEqual(early.body.error.details, { available: 0, pending: 5000 })
  await settleSales(world, 3)
  assert.deepEqual(await told(), ['payout.available'])
  const { data } = await world.liveClient.payouts.request({ amount: 3000, description: 'June' })
  assert.match(data?.providerTransferId ?? '', /^sim_po_/)
  assert.deepEqual(
    [data?.status, data?.amount, data?.fee, data?.netAmount, data?.currency],
    ['in_transit', 3000, 0, 3000, 'usd'],
  )
  const more = await live(world, '/payouts', { amount: 2001 })
  assert.deepEqual(more.body.error.details, { available: 2000, pending: 0 })
})

test('a payout is paid after its time on the way, one to an account that is not there fails and is back', async () => {
  await passTransit(world)
  assert.deepEqual(await told(), ['payout.available', 'payout.created', 'payout.paid'])
  await directPayoutsTo(world, '000111111116')
  const { body } = await live(world, '/payouts', { amount: 2000 })
  assert.equal(body.data.status, 'in_transit')
  await passTransit(world)
  const rows = await world.db.selectFrom('payout').select(['status', 'failure_code']).orderBy('id').execute()
  assert.deepEqual(rows, [
    { status: 'paid', failure_code: null },
    { status: 'failed', failure_code: 'no_account' },
  ])
  assert.equal((await live(world, '/payouts', { amount: 2001 })).body.error.details.available, 2000)
  const mails = await world.db
    .selectFrom('mail')
    .select(['kind', 'facts'])
    .where('kind', 'in', ['payout_paid', 'payout_failed'])
    .execute()
  assert.deepEqual(
    mails.map(({ kind, facts }) => [kind, (facts as { amount: string }).amount]),
    [
      ['payout_paid', '3000'],
      ['payout_failed', '2000'],
    ],
  )
})

test('two that ask at once cannot pay out the same money', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => live(world, '/payouts', { amount: 1500 })))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 402, 402, 402])
})

test('the sandbox refuses, and so do amounts below 1000', async () => {
  for (const [path, body] of [
    ['/payouts', { amount: 5000 }],
    ['/payouts/bank-accounts', bank],
    ['/payouts/verification', verification],
  ] as const) {
    const { status, body: answer } = await world.request('POST', `/api/v1${path}`, { body })
    assert.equal(status, 403)
    assert.equal(answer.error.code, 'payouts_not_available_in_sandbox')
  }
  assert.equal((await live(world, '/payouts', { amount: 999 })).status, 422)
})

test('a live side without a provider, or with one that pays out by its own rules, says so', async () => {
  const other = await createWorld()
  try {
    const refused = await other.request('POST', '/api/v1/payouts', { key: other.liveKey, body: { amount: 5000 } })
    assert.equal(refused.body.error.code, 'provider_unsupported')
    const keys = { login: 'login', transKey: 'trans', secretKey: 'secret' }
    await connect({ db: other.db, orgId: other.liveOrgId }, 'dlocal', keys)
    const again = await other.request('POST', '/api/v1/payouts', { key: other.liveKey, body: { amount: 5000 } })
    assert.equal(again.body.error.code, 'provider_unsupported')
  } finally {
    await other.close()
  }
})

test('no account number is stored anywhere', async () => {
  const { rows } = await sql<{ found: string }>`
    select concat_ws(' ', (select json_agg(b)::text from payout_bank_account b), (select json_agg(b)::text from
      simulated_processor.bank_account b), (select json_agg(k)::text from idempotency_key k), (select json_agg(e)::text
      from event e)) as found`.execute(world.db)
  assert.doesNotMatch(rows[0]?.found ?? '', /000123456789|000999994321|000111111116/)
})
