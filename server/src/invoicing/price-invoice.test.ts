import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DraftLine, type InvoiceType, invoiceTypes, type LineType, line } from '#invoicing/invoice-draft.ts'
import { chargesOf, type PriceFacts, priceInvoice, priceInvoices } from '#invoicing/price-invoice.ts'
import { units } from '#money/quantity.ts'
import type { TaxDecision } from '#tax/treatment.ts'

const of = (lineType: LineType, amount: bigint): DraftLine =>
  line({ lineType, description: lineType, quantity: units(1), unitAmount: amount, amount })
const grant = (id: string, remaining: bigint, currency = 'usd') => ({ id, customerId: 'cus_1', currency, remaining })
const charged = (...rates: bigint[]): TaxDecision => ({
  treatment: 'charged',
  place: { country: 'DE', region: null },
  rates: rates.map((rate) => ({ name: 'VAT', rate })),
  origin: null,
})
const facts = (tax: TaxDecision, ...credits: PriceFacts['credits']): PriceFacts => ({
  credits,
  taxes: new Map([['cus_1', tax]]),
})
const invoice = (lines: readonly DraftLine[], type: InvoiceType = 'recurring', currency = 'usd') => ({
  type,
  customer: { id: 'cus_1' },
  currency,
  lines,
})

test('$100 less 10 %, $20 of usage, $30 of credit, 19 %: tax on $80 is $15.20, and $95.20 is due', () => {
  const lines = [of('plan_base', 10_000n), of('discount', -1_000n), of('feature_overage', 2_000n)]
  const price = priceInvoice(invoice(lines), facts(charged(190_000n), grant('ccr_1', 3_000n)))
  const { subtotal, discountAmount, creditApplied, taxAmount, total, taxTreatment } = price
  assert.deepEqual([subtotal, discountAmount, creditApplied], [12_000n, 1_000n, 3_000n])
  assert.deepEqual([taxAmount, total, taxTreatment], [1_520n, 9_520n, 'charged'])
  assert.deepEqual(price.taxes[0]?.lines, [
    { line: 0, taxable: 6_545n, amount: 1_244n },
    { line: 2, taxable: 1_455n, amount: 276n },
  ])
})

test('an invoice in yen has no fractions: 10 % of ¥2,985 less ¥1,000 of credit is ¥199', () => {
  const price = priceInvoice(
    invoice([of('plan_base', 2_985n)], 'recurring', 'jpy'),
    facts(charged(100_000n), grant('ccr_1', 1_000n, 'jpy')),
  )
  assert.deepEqual([price.creditApplied, price.taxAmount, price.total], [1_000n, 199n, 2_184n])
})

test('credit of another currency is left alone, and an adjustment takes none', () => {
  const euro = priceInvoice(invoice([of('plan_base', 2_900n)]), facts(charged(190_000n), grant('ccr_1', 500n, 'eur')))
  assert.deepEqual([euro.creditApplied, euro.total], [0n, 3_451n])
  const adjusted = priceInvoice(
    invoice([of('one_time', 1_000n)], 'adjustment'),
    facts(charged(190_000n), grant('ccr_1', 500n)),
  )
  assert.deepEqual([adjusted.creditApplied, adjusted.total], [0n, 1_190n])
})

test('a credit note has no tax and nothing that was decided about it', () => {
  const { taxes, taxAmount, total, taxTreatment } = priceInvoice(
    invoice([of('one_time', -1_000n)], 'adjustment'),
    facts(charged(190_000n)),
  )
  assert.deepEqual([taxes, taxAmount, total, taxTreatment], [[], 0n, -1_000n, null])
})

test('a reverse charge is said, and costs nothing', () => {
  const reverse: TaxDecision = {
    treatment: 'reverse_charge',
    place: { country: 'FR', region: null },
    rates: [],
    origin: null,
  }
  const { taxes, total, taxTreatment } = priceInvoice(invoice([of('plan_base', 2_900n)]), facts(reverse))
  assert.deepEqual([taxes, total, taxTreatment], [[], 2_900n, 'reverse_charge'])
})

const charges = fc.tuple(
  fc.array(
    fc.record({
      lineType: fc.constantFrom<LineType>('plan_base', 'feature_overage', 'feature_seats', 'addon_base'),
      amount: fc.bigInt(0n, 5_000_000n),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  fc.bigInt(0n, 10_000n),
  fc.bigInt(0n, 10_000n),
)
// A discount is at most the base, a proration credit at most what is left.
const drafted = charges.map(([lines, discounted, prorated]) => {
  const all = lines.map(({ lineType, amount }) => of(lineType, amount))
  const base = all.reduce((sum, { lineType, amount }) => (lineType === 'plan_base' ? sum + amount : sum), 0n)
  const discount = (base * discounted) / 10_000n
  const left = all.reduce((sum, { amount }) => sum + amount, 0n) - discount
  const credit = (left * prorated) / 10_000n
  return [
    ...all,
    ...(discount > 0n ? [of('promo_code_discount', -discount)] : []),
    ...(credit > 0n ? [of('credit', -credit)] : []),
  ]
})
const taxes = fc.array(fc.bigInt(0n, 300_000n), { maxLength: 3 }).map((rates) => charged(...rates))
const credits = fc
  .array(fc.bigInt(1n, 3_000_000n), { maxLength: 4 })
  .map((all) => all.map((remaining, index) => grant(`ccr_${index}`, remaining)))

test('totals always add up, whatever is charged, credited and taxed', () => {
  fc.assert(
    fc.property(drafted, taxes, credits, fc.constantFrom(...invoiceTypes), (lines, tax, left, type) => {
      const price = priceInvoice(invoice(lines, type), facts(tax, ...left))
      const sum = price.lines.reduce((all, { amount }) => all + amount, 0n)
      assert.equal(price.total, price.subtotal - price.discountAmount - price.creditApplied + price.taxAmount)
      assert.equal(sum, price.total - price.taxAmount)
      assert(price.total >= 0n && price.taxAmount >= 0n)
      for (const { taxable } of price.taxes) assert.equal(taxable, sum)
      assert.equal(
        price.taxAmount,
        price.taxes.reduce((all, { amount }) => all + amount, 0n),
      )
      assert.deepEqual(chargesOf(price.lines), lines)
    }),
    { numRuns: 2000 },
  )
})

test('several invoices priced at once spend no credit twice', () => {
  fc.assert(
    fc.property(fc.array(drafted, { maxLength: 5 }), credits, (all, left) => {
      const priced = priceInvoices(
        all.map((lines) => invoice(lines)),
        facts(charged(190_000n), ...left),
      )
      for (const { id, remaining } of left) {
        const uses = priced.flatMap(({ price }) => price.creditUses).filter(({ creditId }) => creditId === id)
        assert(uses.reduce((sum, { amount }) => sum + amount, 0n) <= remaining)
      }
    }),
    { numRuns: 300 },
  )
})
