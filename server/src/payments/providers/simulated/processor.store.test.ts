import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction, NestedTransactionError } from '#database/transaction.ts'
import { type ChargeRequest, ProviderUnreachable } from '#payments/provider.ts'
import { type ClonedDatabase, cloneDatabase } from '../../../../test/support/database.ts'
import { noon } from '../../../../test/support/organisations.ts'
import { booksOf, vaultCard } from '../../../../test/support/payments.ts'
import { goodLine } from './line.ts'
import { IdempotencyKeyReused, type SimulatedProcessor, simulatedProcessor } from './processor.ts'

let database: ClonedDatabase
let processor: SimulatedProcessor
before(async () => {
  database = await cloneDatabase()
  processor = simulatedProcessor({ db: database.db, machineNow: () => noon, inLiveMode: false })
})
after(() => database.drop())

let keys = 0
function request(token: string, changes: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    idempotencyKey: `txn_${++keys}`,
    kind: 'charge',
    token,
    amount: 2900n,
    currency: 'usd',
    offSession: false,
    description: 'Subscription start',
    payer: { email: 'ada@example.com', name: 'Ada Lovelace' },
    metadata: { transaction: `txn_${keys}` },
    ...changes,
  }
}

/** The outcome of a charge in short: 'succeeded', 'requires_action', or the code of the decline. */
async function outcomeOf(number: string, changes: Partial<ChargeRequest> = {}): Promise<string> {
  const result = await processor.charge(request(await vaultCard(processor, number), changes))
  return result.outcome === 'declined' ? result.code : result.outcome
}

async function withFaults<T>(faults: Partial<typeof goodLine>, work: () => Promise<T>): Promise<T> {
  Object.assign(processor.faults, faults)
  try {
    return await work()
  } finally {
    Object.assign(processor.faults, goodLine)
  }
}

test('each published card has its outcome, charged and set up', async () => {
  const outcomes = {
    '4242 4242 4242 4242': 'succeeded',
    '4000 0007 6000 0002': 'succeeded',
    '4000 0000 0000 0002': 'card_declined',
    '4000 0000 0000 9995': 'insufficient_funds',
    '4000 0000 0000 9987': 'lost_card',
    '4000 0000 0000 9979': 'stolen_card',
    '4000 0000 0000 0069': 'expired_card',
    '4000 0000 0000 0127': 'incorrect_cvc',
    '4000 0000 0000 0119': 'processing_error',
    '4000 0000 0000 3220': 'requires_action',
    '4000 0025 0000 3155': 'requires_action',
    '4000 0000 0000 0341': 'succeeded',
  }
  for (const [number, outcome] of Object.entries(outcomes)) {
    assert.equal(await outcomeOf(number), outcome, number)
    assert.equal(await outcomeOf(number, { kind: 'setup', amount: 0n }), outcome, `${number} set up`)
  }
})

test('a success tells the card: brand, last digits, expiry and country', async () => {
  const result = await processor.charge(request(await vaultCard(processor, '4000 0007 6000 0002')))
  assert(result.outcome === 'succeeded')
  assert.deepEqual(result.card, { brand: 'visa', last4: '0002', expMonth: 12, expYear: 2044, country: 'BR' })
})

test('0341 takes the checkout’s set-up, and every later charge of that card is declined', async () => {
  const token = await vaultCard(processor, '4000 0000 0000 0341')
  assert.equal((await processor.charge(request(token, { kind: 'setup', amount: 0n }))).outcome, 'succeeded')
  assert.equal((await processor.charge(request(token, { offSession: true }))).outcome, 'declined')
  assert.equal((await processor.charge(request(token))).outcome, 'declined')
})

test('3155 renews after one approval, 3220 never does', async () => {
  for (const [number, expected] of [
    ['4000 0025 0000 3155', 'succeeded'],
    ['4000 0000 0000 3220', 'authentication_required'],
  ] as const) {
    const token = await vaultCard(processor, number)
    const first = await processor.charge(request(token))
    assert(first.outcome === 'requires_action')
    assert.equal((await processor.completeAction(first.actionReference, 'approve')).outcome, 'succeeded')
    const renewal = await processor.charge(request(token, { offSession: true }))
    assert.equal(renewal.outcome === 'declined' ? renewal.code : renewal.outcome, expected, number)
  }
})

test('a failed authentication is a decline, and answering twice changes nothing', async () => {
  const charge = request(await vaultCard(processor, '4000 0000 0000 3220'))
  const first = await processor.charge(charge)
  assert(first.outcome === 'requires_action')
  const failed = await processor.completeAction(first.actionReference, 'fail')
  assert(failed.outcome === 'declined')
  assert.equal(failed.code, 'authentication_failed')
  assert.deepEqual(await processor.completeAction(first.actionReference, 'approve'), failed)
  assert.deepEqual(await processor.find(charge.idempotencyKey), failed)
})

test('an authentication that is abandoned cannot be approved any more; one that was approved cannot be abandoned', async () => {
  const token = await vaultCard(processor, '4000 0000 0000 3220')
  const abandoned = await processor.charge(request(token))
  assert(abandoned.outcome === 'requires_action')
  const ended = await processor.abandon(abandoned.reference)
  assert(ended.outcome === 'declined')
  assert.equal(ended.code, 'authentication_abandoned')
  assert.deepEqual(await processor.completeAction(abandoned.actionReference, 'approve'), ended)

  const approved = await processor.charge(request(token))
  assert(approved.outcome === 'requires_action')
  await processor.completeAction(approved.actionReference, 'approve')
  assert.equal((await processor.abandon(approved.reference)).outcome, 'succeeded')
})

test('the same key books once and answers the same, also to 16 who ask at the same time', async () => {
  const charge = request(await vaultCard(processor, '4242 4242 4242 4242'))
  const results = await Promise.all(Array.from({ length: 16 }, () => processor.charge(charge)))
  const first = results[0]
  for (const result of results) assert.deepEqual(result, first)
  assert.deepEqual(await processor.find(charge.idempotencyKey), first)
  assert.equal((await booksOf(database.db, { id: charge.idempotencyKey })).length, 1)
})

test('the same key for another amount, currency, card or kind is refused', async () => {
  const token = await vaultCard(processor, '4242 4242 4242 4242')
  const charge = request(token)
  await processor.charge(charge)
  const other = await vaultCard(processor, '4242 4242 4242 4242')
  for (const changes of [{ amount: 2901n }, { currency: 'eur' }, { token: other }, { kind: 'setup' as const }]) {
    await assert.rejects(processor.charge({ ...charge, ...changes }), IdempotencyKeyReused)
  }
  assert.equal((await booksOf(database.db, { id: charge.idempotencyKey })).length, 1)
})

test('a withdrawn key can never be charged, however late the charge comes', async () => {
  const charge = request(await vaultCard(processor, '4242 4242 4242 4242'))
  const withdrawn = await processor.withdraw(charge)
  assert.equal(withdrawn.outcome, 'declined')
  assert.deepEqual(await processor.charge(charge), withdrawn)
  const [booked] = await booksOf(database.db, { id: charge.idempotencyKey })
  assert.equal(booked?.state, 'canceled')
})

test('withdrawing what was charged already answers the charge', async () => {
  const charge = request(await vaultCard(processor, '4242 4242 4242 4242'))
  const charged = await processor.charge(charge)
  assert.deepEqual(await processor.withdraw(charge), charged)
})

test('charge and withdrawal at the same time agree on one outcome', async () => {
  for (let round = 0; round < 20; round++) {
    const charge = request(await vaultCard(processor, '4242 4242 4242 4242'))
    const [charged, withdrawn] = await Promise.all([processor.charge(charge), processor.withdraw(charge)])
    assert.deepEqual(charged, withdrawn)
    assert.equal((await booksOf(database.db, { id: charge.idempotencyKey })).length, 1)
  }
})

test('what was never booked is not found', async () => {
  assert.deepEqual(await processor.find('txn_unknown'), { outcome: 'not_found' })
  assert.deepEqual(await processor.abandon('sim_ch_unknown'), { outcome: 'not_found' })
  assert.deepEqual(await processor.completeAction('sim_act_unknown', 'approve'), { outcome: 'not_found' })
})

test('a token nobody vaulted is declined and books nothing', async () => {
  const charge = request('sim_tok_unknown')
  assert.equal((await processor.charge(charge)).outcome, 'declined')
  assert.equal((await processor.withdraw(charge)).outcome, 'declined')
  assert.deepEqual(await booksOf(database.db, { id: charge.idempotencyKey }), [])
})

test('a refused connection books nothing; a timeout and a lost answer come after the booking', async () => {
  const token = await vaultCard(processor, '4242 4242 4242 4242')
  const booked = async (faults: Partial<typeof goodLine>) => {
    const charge = request(token)
    await withFaults(faults, () => assert.rejects(processor.charge(charge), ProviderUnreachable))
    return (await booksOf(database.db, { id: charge.idempotencyKey })).map(({ state }) => state)
  }
  assert.deepEqual(await booked({ refuseConnection: true }), [])
  assert.deepEqual(await booked({ timeoutAfterCharge: true }), ['succeeded'])
  assert.deepEqual(await booked({ dropAnswer: true }), ['succeeded'])
})

test('a slow processor answers all the same', async () => {
  const started = performance.now()
  const outcome = await withFaults({ delayMs: 40 }, () => outcomeOf('4242 4242 4242 4242'))
  assert.equal(outcome, 'succeeded')
  assert(performance.now() - started >= 75, 'vaulting and charging took 40 ms each')
})

test('the month that counts for the expiry is the machine’s, or the test clock’s when that is ahead', async () => {
  const vaulted = async (expMonth: number, now: string) => {
    const card = { number: '4242 4242 4242 4242', expMonth, expYear: 2026, cvc: '123' }
    const result = await processor.vault(card, Temporal.Instant.from(now))
    return result.ok ? 'accepted' : result.code
  }
  assert.equal(await vaulted(6, '2026-06-30T23:59:59Z'), 'accepted')
  assert.equal(await vaulted(6, '2026-07-01T00:00:00Z'), 'expired_card')
  assert.equal(await vaulted(5, '2026-01-01T00:00:00Z'), 'expired_card')
})

test('neither the number nor the code of a card is stored anywhere', async () => {
  await vaultCard(processor, '4000 0000 0000 9995')
  await processor.vault({ number: '4111 1111 1111 1111', expMonth: 12, expYear: 2044, cvc: '987' }, noon)
  const { rows } = await database.pool.query<{ row: string }>(
    'select card::text as row from simulated_processor.card union all select charge::text from simulated_processor.charge',
  )
  const everything = rows.map(({ row }) => row).join('\n')
  assert.doesNotMatch(everything.replaceAll(/[ -]/g, ''), /4000000000009995|4111111111111111|4242424242424242/)
  assert.doesNotMatch(everything, /\b987\b/)
})

test('the processor is never called with somebody’s transaction open', async () => {
  const charge = request(await vaultCard(processor, '4242 4242 4242 4242'))
  await assert.rejects(
    inTransaction(database.db, () => processor.charge(charge)),
    NestedTransactionError,
  )
})

test('in live mode it is there only where it was asked for', () => {
  const options = { db: database.db, machineNow: () => noon }
  assert.deepEqual(simulatedProcessor({ ...options, inLiveMode: false }).modes, ['sandbox'])
  assert.deepEqual(simulatedProcessor({ ...options, inLiveMode: true }).modes, ['sandbox', 'live'])
})
