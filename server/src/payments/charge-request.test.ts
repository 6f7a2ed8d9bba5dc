import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Org } from '#organisations/org.ts'
import type { Attempt } from './attempt.ts'
import { chargeRequest } from './charge-request.ts'

const org: Org = {
  id: 'org_sandbox',
  organisationId: 'org_acme',
  mode: 'sandbox',
  livemode: false,
  version: 1n,
  simulatedTime: null,
  invoicePrefix: 'TEST',
}
const at = Temporal.Instant.from('2026-06-16T12:00:00Z')
const attempt: Attempt = {
  orgId: 'org_sandbox',
  id: 'txn_1',
  kind: 'charge',
  purpose: 'renewal',
  state: 'started',
  customerId: 'cus_1',
  subscriptionId: 'sub_1',
  invoiceId: 'inv_1',
  checkoutId: null,
  paymentId: null,
  paymentMethodId: 'pm_1',
  provider: 'commet',
  connectionId: null,
  providerToken: 'tok_1',
  providerReference: null,
  actionReference: null,
  offSession: true,
  amount: 2900n,
  subtotal: 2400n,
  taxAmount: 500n,
  currency: 'usd',
  customerEmail: 'ada@example.com',
  customerName: 'Ada Lovelace',
  card: null,
  failureCode: null,
  failureMessage: null,
  startedAt: at,
  lookAgainAt: at,
  looks: 0,
  paidAt: null,
  availableAt: null,
  createdAt: at,
  updatedAt: at,
}

test('the key is the attempt, and the metadata find the charge again from the provider’s side', () => {
  assert.deepEqual(chargeRequest(org, attempt), {
    idempotencyKey: 'txn_1',
    kind: 'charge',
    token: 'tok_1',
    amount: 2900n,
    currency: 'usd',
    offSession: true,
    description: 'Subscription renewal',
    payer: { email: 'ada@example.com', name: 'Ada Lovelace' },
    metadata: {
      organisation: 'org_acme',
      mode: 'sandbox',
      transaction: 'txn_1',
      purpose: 'renewal',
      customer: 'cus_1',
      subscription: 'sub_1',
      invoice: 'inv_1',
    },
  })
})

test('asking again for an attempt that has moved on asks for exactly the same', () => {
  const later = { ...attempt, state: 'requires_action' as const, looks: 3, updatedAt: at.add({ hours: 30 }) }
  assert.deepEqual(chargeRequest({ ...org, version: 9n }, later), chargeRequest(org, attempt))
})

test('no name, address or card of the customer goes into the metadata', () => {
  const { metadata } = chargeRequest(org, attempt)
  assert.doesNotMatch(JSON.stringify(metadata), /ada|lovelace|@/i)
})
