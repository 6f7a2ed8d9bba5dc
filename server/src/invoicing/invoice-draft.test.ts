import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LineType, line, totalsOf } from '#invoicing/invoice-draft.ts'
import { units } from '#money/quantity.ts'

const lineOf = (lineType: LineType, amount: bigint) =>
  line({ lineType, description: lineType, quantity: units(1), unitAmount: amount, amount })

test('total = subtotal − discounts + tax', () => {
  const lines = [lineOf('plan_base', 9900n), lineOf('discount', -990n), lineOf('feature_overage', 10_001n)]
  assert.deepEqual(totalsOf(lines, 1891n), {
    subtotal: 19_901n,
    discountAmount: 990n,
    creditApplied: 0n,
    taxAmount: 1891n,
    total: 20_802n,
  })
})

test('a full waiver comes to zero', () => {
  const { subtotal, discountAmount, total } = totalsOf([lineOf('plan_base', 2900n), lineOf('discount', -2900n)], 0n)
  assert.deepEqual([subtotal, discountAmount, total], [2900n, 2900n, 0n])
})

test('a discount that would add to the total is a bug', () => {
  assert.throws(() => totalsOf([lineOf('plan_base', 100n), lineOf('discount', 10n)], 0n), /a discount never adds/)
})

test('a line says nothing beyond what it was given', () => {
  const { chargeType, featureId, usedAmount, windowNumber } = lineOf('plan_base', 100n)
  assert.deepEqual([chargeType, featureId, usedAmount, windowNumber], ['standard', null, null, null])
})
