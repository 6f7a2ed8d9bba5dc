import assert from 'node:assert/strict'
import { allocate } from '#money/allocate.ts'
import { divideRounded } from '#money/rounding.ts'
import { type Place, type RateOrigin, type TaxRate, wholeRate } from '#tax/tax-rate.ts'

/** What tax looks at of an invoice's line; `amount` in minor units. */
export type TaxableLine = { readonly amount: bigint; readonly kind: 'base' | 'discount' | 'other' }

/** One tax on one line, by its place among the lines. */
export type LineTax = { readonly line: number; readonly taxable: bigint; readonly amount: bigint }

/** One tax of an invoice: minor units. */
export type InvoiceTax = TaxRate & {
  readonly taxable: bigint
  readonly amount: bigint
  readonly lines: readonly LineTax[]
}

/** The same with the place whose tax it is, and where its rate is from; null on invoices of before that was kept. */
export type PlacedTax = InvoiceTax & Place & { readonly origin: RateOrigin | null }

/**
 * Tax on the lines of an invoice: each tax is rounded on each line, half away from zero (billing.md, Money). Nothing where the
 * lines together come to nothing or less.
 */
export function taxOnLines(lines: readonly TaxableLine[], rates: readonly TaxRate[]): InvoiceTax[] {
  const bases = taxableParts(lines)
  if (bases.every((base) => base === 0n)) return []
  return rates.map(({ name, rate }) => {
    const taxed = bases.flatMap((taxable, line) =>
      taxable === 0n ? [] : [{ line, taxable, amount: divideRounded(taxable * rate, wholeRate) }],
    )
    return {
      name,
      rate,
      taxable: sum(taxed.map(({ taxable }) => taxable)),
      amount: sum(taxed.map(({ amount }) => amount)),
      lines: taxed,
    }
  })
}

/** All taxes on one amount, minor units. */
export function taxOnAmount(amount: bigint, rates: readonly TaxRate[]): bigint {
  return sum(taxOnLines([{ kind: 'other', amount }], rates).map((tax) => tax.amount))
}

/**
 * What of each line is taxed; together the sum of all lines, if that is more than nothing. A discount is taken off the plan's base,
 * every other credit off all that is left, in proportion.
 */
export function taxableParts(lines: readonly TaxableLine[]): readonly bigint[] {
  const total = sum(lines.map(({ amount }) => amount))
  if (total <= 0n) return lines.map(() => 0n)
  const charged = lines.map(({ amount }) => (amount > 0n ? amount : 0n))
  const discount = -sum(lines.map(({ kind, amount }) => (kind === 'discount' ? amount : 0n)))
  const discounted = lessPart(charged, discount, (place) => lines[place]?.kind === 'base')
  const parts = less(discounted, sum(discounted) - total)
  assert.equal(sum(parts), total, 'what is taxed adds up to what is charged')
  return parts
}

// What the bases cannot carry is taken off everything.
function lessPart(amounts: readonly bigint[], off: bigint, isMeant: (place: number) => boolean): readonly bigint[] {
  const meant = amounts.map((amount, place) => (isMeant(place) ? amount : 0n))
  const most = sum(meant)
  const first = off < most ? off : most
  const taken = allocate(first, meant)
  return less(
    amounts.map((amount, place) => amount - (taken[place] ?? 0n)),
    off - first,
  )
}

function less(amounts: readonly bigint[], off: bigint): readonly bigint[] {
  const taken = allocate(off, amounts)
  return amounts.map((amount, place) => amount - (taken[place] ?? 0n))
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, amount) => all + amount, 0n)
