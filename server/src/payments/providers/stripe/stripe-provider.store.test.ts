import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { type ChargeRequest, type Payer, ProviderUnreachable } from '#payments/provider.ts'
import { StripeDouble, type StripeFault } from '../../../../test/support/stripe-double.ts'
import { stripeProvider } from './stripe-provider.ts'

let double = await StripeDouble.start()
let provider = stripeProvider({ secretKey: double.secretKey, mode: 'sandbox', address: double.url })
beforeEach(async () => {
  await double.stop()
  double = await StripeDouble.start()
  provider = stripeProvider({ secretKey: double.secretKey, mode: 'sandbox', address: double.url, timeoutMs: 300 })
})
after(() => double.stop())

const payer: Payer = {
  customerId: 'cus_01',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  country: 'US',
  taxDocument: null,
  knownToken: null,
}

let keys = 0
async function request(given: string, changes: Partial<ChargeRequest> = {}): Promise<ChargeRequest> {
  const prepared = await provider.prepare?.(given, payer)
  assert(prepared?.ok, 'the token is taken')
  const key = `txn_${++keys}`
  return {
    idempotencyKey: key,
    kind: 'charge',
    token: prepared.token,
    amount: 2900n,
    currency: 'usd',
    offSession: false,
    description: 'Subscription start',
    payer: { email: payer.email, name: payer.name },
    metadata: { transaction: key },
    ...changes,
  }
}

/** A card that was stored with a first payment, as renewals are asked with it. */
async function storedCard(given: string): Promise<string> {
  const result = await provider.charge(await request(given))
  assert(result.outcome === 'succeeded' && result.token)
  return result.token
}

async function later(token: string, changes: Partial<ChargeRequest> = {}): Promise<ChargeRequest> {
  return { ...(await request('ctoken_visa_unused')), token, offSession: true, ...changes }
}

test('a first payment books once, stores the card, and the stored card is charged without the customer', async () => {
  const first = await request('ctoken_visa_1')
  const result = await provider.charge(first)
  assert(result.outcome === 'succeeded')
  assert.deepEqual(result.card, { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2044, country: 'US' })
  assert.match(result.token ?? '', /^cus_double\d+\/pm_double\d+$/)
  const renewal = await provider.charge(await later(result.token ?? ''))
  assert.equal(renewal.outcome, 'succeeded')
  assert.equal(double.charged().length, 2)
})

test('the same key again charges nothing and tells how it stands now', async () => {
  const asked = await request('ctoken_3ds_1')
  assert.equal((await provider.charge(asked)).outcome, 'requires_action')
  double.authenticate(asked.idempotencyKey, 'approve')
  assert.equal((await provider.charge(asked)).outcome, 'succeeded')
  assert.equal(double.charged().length, 1)
})

test('a decline has its reason, and nothing can be booked on it afterwards', async () => {
  for (const [token, code] of [
    ['ctoken_declined_1', 'card_declined'],
    ['ctoken_nofunds_1', 'insufficient_funds'],
  ] as const) {
    const asked = await request(token)
    const result = await provider.charge(asked)
    assert(result.outcome === 'declined')
    assert.equal(result.code, code)
    assert.equal(double.intentOf(asked.idempotencyKey).status, 'canceled')
  }
})

test('without the customer an authentication is a decline', async () => {
  const asked = await request('ctoken_3ds_1')
  await provider.charge(asked)
  double.authenticate(asked.idempotencyKey, 'approve')
  const found = await provider.find(asked.idempotencyKey, asked)
  assert(found.outcome === 'succeeded')
  const renewal = await provider.charge(await later(found.token ?? ''))
  assert(renewal.outcome === 'declined')
  assert.equal(renewal.code, 'authentication_required')
})

test('a failed authentication is a decline and closes the intent', async () => {
  const asked = await request('ctoken_3ds_1')
  await provider.charge(asked)
  double.authenticate(asked.idempotencyKey, 'fail')
  const found = await provider.find(asked.idempotencyKey, asked)
  assert(found.outcome === 'declined')
  assert.equal(found.code, 'authentication_failed')
  assert.equal(double.intentOf(asked.idempotencyKey).status, 'canceled')
})

for (const fault of ['drop_after', 'hang'] as const satisfies readonly StripeFault[]) {
  test(`charged and the answer lost (${fault}): unknown, then found, charged once`, async () => {
    const asked = await later(await storedCard('ctoken_visa_1'))
    // The official client repeats a request once whose connection broke; the key keeps that harmless.
    double.faults = fault === 'hang' ? [fault] : [fault, fault]
    await assert.rejects(provider.charge(asked), ProviderUnreachable)
    assert.equal((await provider.find(asked.idempotencyKey, asked)).outcome, 'succeeded')
    assert.equal((await provider.charge(asked)).outcome, 'succeeded')
    assert.equal(double.charged().filter(({ transaction }) => transaction === asked.idempotencyKey).length, 1)
  })
}

test('a request that never arrived is not found, and asking again charges once', async () => {
  const asked = await later(await storedCard('ctoken_visa_1'))
  for (const fault of ['drop_before', 'fail_500'] as const) {
    double.faults = [fault, ...(fault === 'drop_before' ? [fault] : [])]
    await assert.rejects(provider.charge(asked), ProviderUnreachable)
    assert.equal((await provider.find(asked.idempotencyKey, asked)).outcome, 'not_found')
  }
  assert.equal((await provider.charge(asked)).outcome, 'succeeded')
})

test('a withdrawn request that comes in late books nothing', async () => {
  const asked = await request('ctoken_visa_1')
  const withdrawn = await provider.withdraw(asked)
  assert(withdrawn.outcome === 'declined')
  assert.equal(withdrawn.code, 'processing_error')
  assert.equal((await provider.charge(asked)).outcome, 'declined')
  assert.equal((await provider.withdraw(asked)).outcome, 'declined')
  assert.deepEqual(double.charged(), [])
})

test('withdrawing what had arrived after all tells how it stands', async () => {
  const asked = await request('ctoken_visa_1')
  double.faults = ['drop_after', 'drop_after']
  await assert.rejects(provider.charge(asked), ProviderUnreachable)
  assert.equal((await provider.withdraw(asked)).outcome, 'succeeded')
  assert.equal(double.charged().length, 1)
})

test('an authentication that is given up is canceled, one that was finished meanwhile counts', async () => {
  const left = await request('ctoken_3ds_1')
  const waiting = await provider.charge(left)
  assert(waiting.outcome === 'requires_action')
  const ended = await provider.abandon(waiting.reference, left)
  assert(ended.outcome === 'declined')
  assert.equal(double.intentOf(left.idempotencyKey).status, 'canceled')

  const finished = await request('ctoken_3ds_2')
  const other = await provider.charge(finished)
  assert(other.outcome === 'requires_action')
  double.authenticate(finished.idempotencyKey, 'approve')
  assert.equal((await provider.abandon(other.reference, finished)).outcome, 'succeeded')
})

test('a card is kept without a charge, and charged later', async () => {
  const asked = await request('ctoken_visa_1', { kind: 'setup', amount: 0n })
  const kept = await provider.charge(asked)
  assert(kept.outcome === 'succeeded')
  assert.deepEqual(double.charged(), [])
  assert.equal((await provider.find(asked.idempotencyKey, asked)).outcome, 'succeeded')
  assert.equal((await provider.charge(await later(kept.token ?? ''))).outcome, 'succeeded')
})

test('keys that Stripe does not accept are a decline before anything is booked', async () => {
  const asked = await later(await storedCard('ctoken_visa_1'))
  const other = stripeProvider({ secretKey: 'sk_test_revoked12345', mode: 'sandbox', address: double.url })
  const result = await other.charge(asked)
  assert(result.outcome === 'declined')
  assert.equal(result.code, 'provider_unavailable')
})

test('no card number is taken, and a customer is made once', async () => {
  const vaulted = await provider.vault(
    { number: '4242424242424242', expMonth: 12, expYear: 2044, cvc: '123' },
    Temporal.Instant.from('2026-06-16T12:00:00Z'),
  )
  assert.equal(vaulted.ok, false)
  await request('ctoken_visa_1')
  await request('ctoken_visa_2')
  assert.equal(double.customers.size, 1)
  assert.doesNotMatch(double.bodies.join('\n'), /4242424242424242/)
})
