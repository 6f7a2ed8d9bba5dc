import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { beginAttempt, type NewAttempt } from '#payments/actions/begin-attempt.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { contextAt, noon } from '../support/organisations.ts'
import { chargeOf, createSettlementLog, newInvoice, paymentServices, vaultCard } from '../support/payments.ts'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
let context: Context
let customerId: string
before(async () => {
  world = await createWorld({ hasHandmadeRows: true })
  await createSettlementLog(world.db)
  const org = await findOrg(world.db, world.orgId)
  assert(org)
  context = contextAt(org, noon)
  const { data } = await world.client.customers.create({ email: 'ada@example.com' })
  assert(data)
  customerId = data.id
})
after(() => world.close())

/** A charge of 29.00 USD with this card, or what `changes` make of it; gives its id and its invoice's. */
async function charge(
  number: string,
  changes: Partial<NewAttempt> = {},
): Promise<{ id: string; invoiceId: string | null }> {
  const services = paymentServices(world.db)
  const token = await vaultCard(services.processor, number)
  const invoiceId = changes.kind === 'setup' ? '' : await newInvoice(world.db, context, customerId)
  const input = { ...chargeOf(customerId, invoiceId, token), ...changes }
  const attempt = await inTransaction(world.db, (tx) => beginAttempt(tx, context, input))
  return performAttempt(services, context, attempt)
}

const setup: Partial<NewAttempt> = {
  kind: 'setup',
  purpose: 'trial_setup',
  invoiceId: null,
  checkoutId: 'cko_of_a_trial',
  amount: 0n,
  subtotal: 0n,
  taxAmount: 0n,
}

const cards = { good: '4242 4242 4242 4242', declined: '4000 0000 0000 9995', asks: '4000 0000 0000 3220' }

async function idsOf(filter: Parameters<typeof world.client.transactions.list>[0]): Promise<string[]> {
  const { data } = await world.client.transactions.list(filter)
  return (data ?? []).map(({ id }) => id)
}

test('Transactions.get', async () => {
  const { id, invoiceId } = await charge(cards.good)
  const { data } = await world.client.transactions.get({ id })
  assert.deepEqual(data, {
    id,
    invoiceId,
    grossAmount: 2900,
    subtotal: 2400,
    taxAmount: 500,
    presentmentAmount: null,
    currency: 'usd',
    provider: 'commet',
    status: 'succeeded',
    customerEmail: 'ada@example.com',
    customerName: 'Ada Lovelace',
    paidAt: '2026-06-16T12:00:00.000Z',
    createdAt: '2026-06-16T12:00:00.000Z',
    updatedAt: '2026-06-16T12:00:00.000Z',
    availableAt: null,
    object: 'transaction',
    livemode: false,
    failureCode: null,
    failureMessage: null,
  })
})

test('Transactions.list', async () => {
  const first = await charge(cards.good)
  const second = await charge(cards.declined)
  const { data } = await world.client.transactions.list({ limit: 2 })
  assert.deepEqual(
    data?.map(({ id, status }) => `${id} ${status}`),
    [`${second.id} failed`, `${first.id} succeeded`],
  )
})

test('a charge in another currency has no figures in USD, only what the customer was presented with', async () => {
  const { id } = await charge(cards.good, { currency: 'EUR' })
  const { data } = await world.client.transactions.get({ id })
  const { grossAmount, subtotal, taxAmount, presentmentAmount, currency } = data ?? assert.fail()
  assert.deepEqual(
    { grossAmount, subtotal, taxAmount, presentmentAmount, currency },
    { grossAmount: null, subtotal: null, taxAmount: null, presentmentAmount: 2900, currency: 'eur' },
  )
})

test('a failed charge says why and was never paid', async () => {
  const { id } = await charge(cards.declined)
  const { body } = await world.request('GET', `/api/v1/transactions/${id}`)
  assert.equal(body.data.status, 'failed')
  assert.equal(body.data.paidAt, null)
  assert.equal(body.data.failureCode, 'insufficient_funds')
  assert.equal(body.data.failureMessage, 'The card has insufficient funds.')
})

test('a charge that waits for an authentication is pending, and each status finds its own', async () => {
  const customerEmail = 'status@example.com'
  const pending = await charge(cards.asks, { customerEmail })
  const succeeded = await charge(cards.good, { customerEmail })
  const failed = await charge(cards.declined, { customerEmail })
  assert.deepEqual(await idsOf({ customerEmail, status: 'pending' }), [pending.id])
  assert.deepEqual(await idsOf({ customerEmail, status: 'succeeded' }), [succeeded.id])
  assert.deepEqual(await idsOf({ customerEmail, status: 'failed' }), [failed.id])
  assert.deepEqual(await idsOf({ customerEmail, status: 'refunded' }), [])
  assert.deepEqual(await idsOf({ customerEmail, status: 'disputed' }), [])
})

test('the e-mail address is found whole and in any case', async () => {
  const { id } = await charge(cards.good, { customerEmail: 'Grace.Hopper@Example.com' })
  assert.deepEqual(await idsOf({ customerEmail: 'grace.hopper@example.COM' }), [id])
  assert.deepEqual(await idsOf({ customerEmail: 'grace.hopper' }), [])
  assert.deepEqual(await idsOf({ customerEmail: 'grace%' }), [])
})

test('pages follow one another without gap or repetition while new transactions come in', async () => {
  const customerEmail = 'pages@example.com'
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.unshift((await charge(cards.good, { customerEmail })).id)
  const first = await world.client.transactions.list({ customerEmail, limit: 2 })
  await charge(cards.good, { customerEmail })
  const second = await world.client.transactions.list({ customerEmail, limit: 2, cursor: first.nextCursor ?? '' })
  const third = await world.client.transactions.list({ customerEmail, limit: 2, cursor: second.nextCursor ?? '' })
  const seen = [first, second, third].flatMap(({ data }) => data ?? []).map(({ id }) => id)
  assert.deepEqual(seen, ids)
  assert.deepEqual([first.hasMore, second.hasMore, third.hasMore], [true, true, false])
  assert.equal(third.nextCursor, undefined)
})

test('storing a card moves no money and is no transaction', async () => {
  const { id } = await charge(cards.good, { ...setup, customerEmail: 'setup@example.com' })
  assert.deepEqual(await idsOf({ customerEmail: 'setup@example.com' }), [])
  const { status, body } = await world.request('GET', `/api/v1/transactions/${id}`)
  assert.equal(status, 404)
  assert.equal(body.error.code, 'transaction_not_found')
})

test('the other mode sees nothing of it, just as of an id that never was', async () => {
  const { id } = await charge(cards.good)
  const key = world.liveKey
  const other = await world.request('GET', `/api/v1/transactions/${id}`, { key })
  const unknown = await world.request('GET', '/api/v1/transactions/txn_unknown', { key })
  assert.equal(other.status, 404)
  assert.equal(unknown.status, 404)
  assert.equal(other.body.error.code, unknown.body.error.code)
  const { body } = await world.request('GET', '/api/v1/transactions', { key })
  assert.deepEqual(body.data, [])
})

test('a status that does not exist is refused at its field', async () => {
  const { status, body } = await world.request('GET', '/api/v1/transactions?status=paid&limit=0')
  assert.equal(status, 422)
  assert.equal(body.error.code, 'validation_error')
  assert.deepEqual(
    body.error.details.map(({ field }: { field: string }) => field),
    ['status', 'limit'],
  )
})
