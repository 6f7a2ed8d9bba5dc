import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invoiceTypes } from '#invoicing/invoice-draft.ts'
import { endsWhenRefunded } from './refund.ts'

const invoice = (type: (typeof invoiceTypes)[number], number: string) => ({ id: `inv_${number}`, type, number })

test('what pays a period ends it when it is given back, nothing else does', () => {
  const ending = invoiceTypes.filter((type) => endsWhenRefunded(invoice(type, 'INV-000001'), []))
  assert.deepEqual(ending, ['recurring', 'plan_change', 'reactivation'])
})

test('a payment from before a reactivation ends nothing', () => {
  const paid = [invoice('recurring', 'INV-000001'), invoice('reactivation', 'INV-000004')]
  assert.equal(endsWhenRefunded(invoice('recurring', 'INV-000001'), paid), false)
  assert.equal(endsWhenRefunded(invoice('reactivation', 'INV-000004'), paid), true)
  assert.equal(endsWhenRefunded(invoice('recurring', 'INV-000007'), paid), true)
})
