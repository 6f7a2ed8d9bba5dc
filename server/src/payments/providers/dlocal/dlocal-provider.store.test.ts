import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type ChargeRequest, type PaymentProvider, ProviderUnreachable } from '#payments/provider.ts'
import { machineNow } from '#time/clock.ts'
import { DlocalDouble } from '../../../../test/support/dlocal-double.ts'
import { dlocalProvider } from './dlocal-provider.ts'

let dlocal: DlocalDouble
let provider: PaymentProvider
let count = 0
before(async () => {
  dlocal = await DlocalDouble.start()
  provider = connected({})
})
beforeEach(() => {
  dlocal.faults = []
})
after(() => dlocal.stop())

function connected(keys: { login?: string; secretKey?: string }): PaymentProvider {
  const base = 'https://billing.example.com/providers/dlocal/org_1/con_1'
  return dlocalProvider({
    ...dlocal.credentials,
    ...keys,
    organisationId: 'orgn_1',
    mode: 'sandbox',
    address: dlocal.url,
    machineNow,
    notificationUrl: `${base}/webhook`,
    refundUrl: `${base}/webhook/refunds`,
    returnUrl: `${base}/return`,
  })
}

/** The charge of a stored card without its customer. */
function renewal(card: string, changes: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    idempotencyKey: `txn_${++count}`,
    kind: 'charge',
    token: `BR|53033315550|${card}`,
    amount: 2900n,
    currency: 'brl',
    offSession: true,
    description: 'Subscription renewal',
    payer: { email: 'ada@example.com', name: 'Ada Lovelace' },
    metadata: {},
    ...changes,
  }
}

const paymentsOf = (orderId: string) => [...dlocal.payments.values()].filter(({ order_id }) => order_id === orderId)

test('the stored card is charged as one that was stored for a subscription, once for a key', async () => {
  const asked = renewal('CID-1')
  const [first, again] = [await provider.charge(asked), await provider.charge(asked)]
  assert.deepEqual(first, {
    outcome: 'succeeded',
    reference: paymentsOf(asked.idempotencyKey)[0]?.id,
    card: { brand: 'visa', last4: '1111', expMonth: 10, expYear: 2040, country: null },
    token: 'BR|53033315550|CID-1',
  })
  assert.deepEqual(again, first)
  assert.equal(paymentsOf(asked.idempotencyKey).length, 1)
  const sent = dlocal.bodies.map((body) => (body === '' ? {} : JSON.parse(body))).find((body) => body.card)
  assert.deepEqual(sent.card, {
    card_id: 'CID-1',
    stored_credential_type: 'SUBSCRIPTION',
    stored_credential_usage: 'USED',
  })
  assert.equal(sent.notification_url, 'https://billing.example.com/providers/dlocal/org_1/con_1/webhook')
})

test('an expired stored card is declined as one', async () => {
  const declined = await provider.charge(renewal('CID-later'))
  assert(declined.outcome === 'declined')
  assert.deepEqual([declined.code, declined.message], ['expired_card', 'Card expired.'])
})

test('charged and the answer lost: found by its order, and not charged again', async () => {
  const asked = renewal('CID-1')
  dlocal.faults = ['drop_after']
  await assert.rejects(provider.charge(asked), ProviderUnreachable)
  assert.equal((await provider.find(asked.idempotencyKey, asked)).outcome, 'succeeded')
  assert.equal((await provider.charge(asked)).outcome, 'succeeded')
  assert.equal(paymentsOf(asked.idempotencyKey).length, 1)
})

test('asked twice at the same moment, both looks finding nothing: dLocal refuses the second order, and the answer is that of the first', async () => {
  const asked = renewal('CID-1')
  const results = await Promise.all([1, 2, 3, 4].map(() => provider.charge(asked)))
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['succeeded', 'succeeded', 'succeeded', 'succeeded'],
  )
  assert.equal(paymentsOf(asked.idempotencyKey).length, 1)
})

test('a bank that wants the customer, who is not there, is told no: nothing is left that could be paid', async () => {
  const asked = renewal('CID-3ds')
  const declined = await provider.charge(asked)
  assert(declined.outcome === 'declined')
  assert.equal(declined.code, 'authentication_required')
  assert.equal(paymentsOf(asked.idempotencyKey)[0]?.status, 'CANCELLED')
  assert.deepEqual(await provider.find(asked.idempotencyKey, asked), declined)
  // Also where whoever asked was stopped before they could end it.
  const stopped = renewal('CID-3ds')
  dlocal.faults = ['drop_after']
  await assert.rejects(provider.charge(stopped), ProviderUnreachable)
  const found = await provider.find(stopped.idempotencyKey, stopped)
  assert.deepEqual([found.outcome, paymentsOf(stopped.idempotencyKey)[0]?.status], ['declined', 'CANCELLED'])
})

test('a bank that takes its time decides nothing until it has', async () => {
  const asked = renewal('CID-slow')
  await assert.rejects(provider.charge(asked), ProviderUnreachable)
  await assert.rejects(provider.find(asked.idempotencyKey, asked), ProviderUnreachable)
  dlocal.finish(asked.idempotencyKey, 'pay', 'CID-slow')
  assert.equal((await provider.find(asked.idempotencyKey, asked)).outcome, 'succeeded')
})

test('a card that dLocal has not stored is not charged, and nothing is sent', async () => {
  const asked = renewal('page')
  const declined = await provider.charge(asked)
  assert(declined.outcome === 'declined')
  assert.equal(declined.code, 'provider_unsupported')
  assert.equal(paymentsOf(asked.idempotencyKey).length, 0)
})

test('keys that dLocal does not take, or a secret that is wrong, charge nothing and say so', async () => {
  for (const keys of [{ login: 'somebody else' }, { secretKey: 'another secret' }]) {
    const declined = await connected(keys).charge(renewal('CID-1'))
    assert(declined.outcome === 'declined')
    assert.equal(declined.code, 'provider_unavailable')
    await assert.rejects(connected(keys).find('txn_1', renewal('CID-1')), ProviderUnreachable)
  }
})

test('what dLocal refuses is refused with its reason', async () => {
  const declined = await provider.charge(renewal('CID-1', { currency: 'clp' }))
  assert(declined.outcome === 'declined')
  assert.equal(
    declined.message,
    'The payment provider refused this payment: Currency not allowed for this country (5004).',
  )
})

test('an answer that cannot be is no decline: 500 and cut lines leave everything open', async () => {
  for (const fault of ['fail_500', 'drop_before'] as const) {
    dlocal.faults = [fault]
    await assert.rejects(provider.charge(renewal('CID-1')), ProviderUnreachable)
  }
})

test('a verification of a card that is given up on dLocal’s page is withdrawn there', async () => {
  const asked = renewal('page', { kind: 'setup', amount: 0n, offSession: false })
  const waiting = await provider.charge(asked)
  assert(waiting.outcome === 'requires_action')
  const ended = await provider.withdraw(asked)
  assert(ended.outcome === 'declined')
  assert.equal(ended.code, 'authentication_abandoned')
  assert.equal(paymentsOf(asked.idempotencyKey)[0]?.status, 'CANCELLED')
})

test('the identity number of a stored card is taken again where none is typed', async () => {
  const payer = { customerId: 'cus_1', email: 'ada@example.com', name: null, country: 'BR', taxDocument: null }
  const prepared = await provider.prepare?.(undefined, { ...payer, knownToken: 'BR|53033315550|CID-1' })
  assert.deepEqual(prepared, { ok: true, token: 'BR|53033315550|page' })
  assert.equal((await provider.prepare?.(undefined, { ...payer, knownToken: null }))?.ok, false)
})
