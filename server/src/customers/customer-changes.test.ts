import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CustomerRecord } from '#customers/customer.ts'
import { applyChanges, type CustomerChanges } from '#customers/customer-changes.ts'

const created = Temporal.Instant.from('2026-06-16T12:00:00Z')
const later = Temporal.Instant.from('2026-06-17T12:00:00Z')

const address = {
  line1: 'Rivadavia 1',
  line2: null,
  city: 'Buenos Aires',
  state: null,
  region: null,
  postalCode: '1033',
  country: 'AR',
}

const ada: CustomerRecord = {
  id: 'cus_1',
  externalId: 'ada',
  email: 'ada@example.com',
  fullName: 'Ada Lovelace',
  taxDocument: null,
  taxExemption: null,
  poNumber: null,
  documentType: null,
  timezone: null,
  metadata: { team: 'engines', seats: [1, { of: 2 }] },
  address: null,
  createdAt: created,
  updatedAt: created,
}

function changed(customer: CustomerRecord, changes: CustomerChanges): CustomerRecord {
  return applyChanges(customer, changes, later, () => 'addr_new')
}

test('changes that change nothing leave the very same customer', () => {
  assert.equal(changed(ada, {}), ada)
  assert.equal(changed(ada, { email: 'ada@example.com', fullName: undefined }), ada)
  assert.equal(changed(ada, { metadata: { seats: [1, { of: 2 }], team: 'engines' } }), ada)
  const withAddress = changed(ada, { address })
  assert.equal(changed(withAddress, { address: { ...address } }), withAddress)
})

test('a change keeps what it does not name, and moves the time of the last change', () => {
  const result = changed(ada, { fullName: 'Ada King' })
  assert.deepEqual(result, { ...ada, fullName: 'Ada King', updatedAt: later })
})

test('metadata is replaced as a whole, and null clears', () => {
  assert.deepEqual(changed(ada, { metadata: { plan: 'x' } }).metadata, { plan: 'x' })
  assert.equal(changed(ada, { metadata: null }).metadata, null)
  assert.equal(changed(ada, { fullName: null }).fullName, null)
  assert.notEqual(changed(ada, { metadata: { team: 'engines', seats: [1, { of: 3 }] } }), ada)
  assert.notEqual(changed(ada, { metadata: { team: 'engines', seats: { 0: 1, 1: { of: 2 } } } }), ada)
})

test('an address gets an id once and keeps it when its lines change', () => {
  const first = changed(ada, { address })
  assert.equal(first.address?.id, 'addr_new')
  const moved = applyChanges(first, { address: { ...address, city: 'Rosario' } }, later, () => 'addr_other')
  assert.equal(moved.address?.id, 'addr_new')
  assert.equal(moved.address?.city, 'Rosario')
})

test('the tax document is named anew when it or the country changes', () => {
  const argentine = changed(ada, { address, taxDocument: '20-12345678-6' })
  assert.equal(argentine.documentType, 'CUIT')
  assert.equal(changed(argentine, { address: { ...address, country: 'UY' } }).documentType, null)
  assert.equal(changed(argentine, { taxDocument: null }).documentType, null)
})
