import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CreditLeft, creditLine, spendCredit, sumOfUses, takesCredit } from '#invoicing/customer-credit.ts'
import { invoiceTypes, line, totalsOf } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'

const usd = 'usd' as Currency
const left = (id: string, remaining: bigint, customerId = 'ada', currency = 'usd'): CreditLeft => ({
  id,
  customerId,
  currency,
  remaining,
})
const ada = (owed: bigint) => ({ customerId: 'ada', currency: usd, owed })
const told = (credits: CreditLeft[], ...invoices: ReturnType<typeof ada>[]) =>
  spendCredit(credits, invoices).map((uses) => uses.map(({ creditId, amount }) => `${creditId} ${amount}`))

test('credit is used first-in first-out, over several invoices', () => {
  assert.deepEqual(told([left('old', 1000n), left('new', 5000n)], ada(2900n), ada(2900n), ada(2900n)), [
    ['old 1000', 'new 1900'],
    ['new 2900'],
    ['new 200'],
  ])
})

test("nobody uses another customer's credit, nor that of another currency", () => {
  assert.deepEqual(told([left('his', 900n, 'bob'), left('euro', 900n, 'ada', 'eur')], ada(2900n)), [[]])
})

test('what remains to be charged is nothing or at least the minimum charge', () => {
  assert.deepEqual(told([left('all', 2880n)], ada(2900n)), [['all 2850']])
  assert.deepEqual(told([left('all', 2900n)], ada(2900n)), [['all 2900']])
  assert.deepEqual(told([left('little', 20n)], ada(30n)), [[]])
  assert.deepEqual(told([left('any', 20n)], ada(0n)), [[]])
})

test('credit is used on recurring, overage, plan_change and reactivation invoices only', () => {
  assert.deepEqual(invoiceTypes.filter(takesCredit), ['recurring', 'overage', 'plan_change', 'reactivation'])
})

test('credit that was used is a line, and no part of the subtotal', () => {
  const base = line({ lineType: 'plan_base', description: 'Pro', quantity: units(1), unitAmount: 2900n, amount: 2900n })
  assert.deepEqual(totalsOf([base, creditLine(1000n)], 0n), {
    subtotal: 2900n,
    discountAmount: 0n,
    creditApplied: 1000n,
    taxAmount: 0n,
    total: 1900n,
  })
})

test('no credit is used twice, none goes below zero, and nobody is charged less than nothing', () => {
  const someone = fc.constantFrom('ada', 'bob')
  const credits = fc.array(fc.record({ remaining: fc.bigInt({ min: 1n, max: 9000n }), customerId: someone }))
  const invoices = fc.array(fc.record({ owed: fc.bigInt({ min: 0n, max: 9000n }), customerId: someone }))
  fc.assert(
    fc.property(credits, invoices, (given, asked) => {
      const grants = given.map(({ remaining, customerId }, index) => left(`c${index}`, remaining, customerId))
      const uses = spendCredit(
        grants,
        asked.map((one) => ({ ...one, currency: usd })),
      )
      for (const [index, { owed }] of asked.entries()) {
        const rest = owed - sumOfUses(uses[index] ?? [])
        assert(rest === 0n || rest === owed || (rest >= 50n && rest < owed))
      }
      for (const { id, remaining } of grants) {
        const used = sumOfUses(uses.flat().filter(({ creditId }) => creditId === id))
        assert(used >= 0n && used <= remaining)
      }
      assert(uses.flat().every(({ amount }) => amount > 0n))
    }),
  )
})
