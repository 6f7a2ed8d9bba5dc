import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type TaxableLine, taxableParts, taxOnLines } from '#tax/tax-on-lines.ts'

const base = (amount: bigint): TaxableLine => ({ kind: 'base', amount })
const other = (amount: bigint): TaxableLine => ({ kind: 'other', amount })
const discount = (amount: bigint): TaxableLine => ({ kind: 'discount', amount: -amount })
const vat = (rate: bigint) => ({ name: 'VAT', rate })
const amounts = (lines: readonly TaxableLine[], ...rates: bigint[]) =>
  taxOnLines(lines, rates.map(vat)).map(({ taxable, amount, lines: on }) => [
    taxable,
    amount,
    on.map((one) => one.amount),
  ])

test('€100.00 in Germany and Spain: 19 % is €19.00, 21 % is €21.00', () => {
  assert.deepEqual(amounts([base(10_000n)], 190_000n), [[10_000n, 1900n, [1900n]]])
  assert.deepEqual(amounts([base(10_000n)], 210_000n), [[10_000n, 2100n, [2100n]]])
})

test('each line is rounded by itself: three lines of $0.33 at 19 % are 6 cents each, not 19 together', () => {
  assert.deepEqual(amounts([other(33n), other(33n), other(33n)], 190_000n), [[99n, 18n, [6n, 6n, 6n]]])
})

test('half a cent is rounded away from zero', () => {
  assert.deepEqual(amounts([other(50n)], 50_000n), [[50n, 3n, [3n]]])
  assert.deepEqual(amounts([other(49n)], 50_000n), [[49n, 2n, [2n]]])
})

test('Quebec: GST 5 % and QST 9.975 % of CA$29.99 are CA$1.50 and CA$2.99, side by side', () => {
  assert.deepEqual(amounts([base(2999n)], 50_000n, 99_750n), [
    [2999n, 150n, [150n]],
    [2999n, 299n, [299n]],
  ])
})

test('Minnesota: 6.875 % of $29.00 is $1.99', () => {
  assert.deepEqual(amounts([base(2900n)], 68_750n), [[2900n, 199n, [199n]]])
})

test('a currency without decimals is taxed in whole units: 10 % of ¥1,985 is ¥199', () => {
  assert.deepEqual(amounts([base(1985n)], 100_000n), [[1985n, 199n, [199n]]])
})

test('a discount is taken off the base of the plan alone', () => {
  assert.deepEqual(taxableParts([base(2900n), discount(900n), other(1000n)]), [2000n, 0n, 1000n])
})

test('a credit is taken off everything that is left, in proportion and to the cent', () => {
  assert.deepEqual(taxableParts([base(2900n), discount(900n), other(1000n), other(-1000n)]), [1333n, 0n, 667n, 0n])
  // 33⅓ each: the first bears the cent that is left.
  assert.deepEqual(taxableParts([other(100n), other(100n), other(100n), other(-100n)]), [66n, 67n, 67n, 0n])
})

test('what comes to nothing, or less, is not taxed', () => {
  assert.deepEqual(taxOnLines([base(2900n), other(-2900n)], [vat(190_000n)]), [])
  assert.deepEqual(taxOnLines([other(-500n)], [vat(190_000n)]), [])
})

const line = fc.record({
  kind: fc.constantFrom('base' as const, 'other' as const),
  amount: fc.bigInt(0n, 10_000_000n),
})
const off = fc.record({
  kind: fc.constantFrom('discount' as const, 'other' as const),
  amount: fc.bigInt(-10_000_000n, -1n),
})
const invoice = fc.tuple(fc.array(line, { maxLength: 12 }), fc.array(off, { maxLength: 4 })).map((both) => both.flat())
const rates = fc.array(fc.bigInt(0n, 300_000n).map(vat), { maxLength: 3 })
const sum = (all: readonly bigint[]) => all.reduce((one, other) => one + other, 0n)

test('what is taxed is what is charged, to the cent, and never more of a line than the line', () => {
  fc.assert(
    fc.property(invoice, (lines) => {
      const parts = taxableParts(lines)
      const total = sum(lines.map(({ amount }) => amount))
      assert.equal(sum(parts), total > 0n ? total : 0n)
      for (const [place, part] of parts.entries()) {
        const amount = lines[place]?.amount ?? 0n
        assert(part >= 0n && part <= (amount > 0n ? amount : 0n))
      }
    }),
    { numRuns: 2000 },
  )
})

test('every tax is the sum of its lines, within half a cent a line of the exact tax', () => {
  fc.assert(
    fc.property(invoice, rates, (lines, charged) => {
      for (const tax of taxOnLines(lines, charged)) {
        assert.equal(tax.amount, sum(tax.lines.map(({ amount }) => amount)))
        assert.equal(tax.taxable, sum(tax.lines.map(({ taxable }) => taxable)))
        const off = tax.amount * 1_000_000n - tax.taxable * tax.rate
        const most = BigInt(tax.lines.length) * 500_000n
        assert(off <= most && off >= -most)
      }
    }),
    { numRuns: 1000 },
  )
})
