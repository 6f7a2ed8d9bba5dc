import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CustomerRecord } from '#customers/customer.ts'
import { copiesOf } from '#invoicing/buyer.ts'

const noon = Temporal.Instant.from('2026-06-16T12:00:00Z')
const ada: CustomerRecord = {
  id: 'cus_1',
  externalId: 'ada',
  email: 'ada@example.com',
  fullName: 'Ada Lovelace',
  taxDocument: null,
  taxExemption: 'Embassy',
  poNumber: 'PO-1',
  documentType: null,
  timezone: 'UTC',
  metadata: { team: 'engines' },
  address: null,
  createdAt: noon,
  updatedAt: noon,
}

test('an invoice copies who its buyer is, and the purchase order that they have', () => {
  assert.deepEqual(copiesOf(ada, { poNumber: null }), {
    buyer: {
      email: 'ada@example.com',
      fullName: 'Ada Lovelace',
      taxDocument: null,
      taxExemption: 'Embassy',
      address: null,
    },
    poNumber: 'PO-1',
  })
  assert.equal(copiesOf({ ...ada, poNumber: null }, { poNumber: null }).poNumber, null)
})

test('a purchase order that the invoice was given stays', () => {
  assert.equal(copiesOf(ada, { poNumber: 'PO-9' }).poNumber, 'PO-9')
  assert.equal(copiesOf({ ...ada, poNumber: null }, { poNumber: 'PO-9' }).poNumber, 'PO-9')
})
