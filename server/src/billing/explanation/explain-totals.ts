import type { ExplainedLine } from '#billing/explanation/explain-line.ts'
import { explainTax, type KnownTax } from '#billing/explanation/explain-tax.ts'
import type { LineType, Totals } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'
import { formatMinor } from '#money/format.ts'

/** The sums of an invoice, computed again from its lines. Minor units. */
export type ExplainedTotals = {
  readonly amounts: Totals
  readonly recomputed: Totals | null
  readonly steps: readonly string[]
  /** Null where a line cannot be computed again. */
  readonly matches: boolean | null
}

const discounts: ReadonlySet<LineType> = new Set<LineType>(['discount', 'promo_code_discount'])

/**
 * `total = subtotal − discounts − credit + tax` from lines that were computed again; tax from them and its rates. Customer credit that
 * was used is taken as the invoice has it: it is no line of what was sold.
 */
export function explainTotals(
  lines: readonly (ExplainedLine & { readonly lineType: LineType })[],
  amounts: Totals,
  taxes: readonly KnownTax[],
  c: Currency,
): ExplainedTotals {
  const { creditApplied } = amounts
  const tax = explainTax(lines, taxes, c)
  const sold = lines.filter(({ lineType }) => !discounts.has(lineType))
  const taken = lines.filter(({ lineType }) => discounts.has(lineType))
  const [soldSum, takenSum] = [sumOf(sold), sumOf(taken)]
  const steps = [
    `Subtotal: ${sumText(sold, c, creditApplied)}`,
    ...(taken.length > 0 ? [`Discounts: ${sumText(taken, c)}`] : []),
    ...(tax?.steps ?? []),
  ]
  if (soldSum === null || takenSum === null || tax === null) return { amounts, recomputed: null, steps, matches: null }
  const taxAmount = tax.amount
  const subtotal = soldSum + creditApplied
  const total = subtotal + takenSum - creditApplied + taxAmount
  const recomputed = { subtotal, discountAmount: -takenSum, creditApplied, taxAmount, total }
  const parts = [subtotal, -takenSum, creditApplied, taxAmount, total].map((part) => formatMinor(part, c))
  const [shownSubtotal, shownDiscount, shownCredit, shownTax, shownTotal] = parts
  return {
    amounts,
    recomputed,
    steps: [
      ...steps,
      `Total: ${shownSubtotal} − ${shownDiscount} discount − ${shownCredit} credit + ${shownTax} tax = ${shownTotal}`,
    ],
    matches:
      amounts.subtotal === subtotal &&
      amounts.discountAmount === -takenSum &&
      amounts.taxAmount === taxAmount &&
      amounts.total === total,
  }
}

type Sums = readonly Pick<ExplainedLine, 'recomputed'>[]

function sumOf(lines: Sums): bigint | null {
  return lines.reduce<bigint | null>(
    (sum, { recomputed }) => (sum === null || recomputed === null ? null : sum + recomputed),
    0n,
  )
}

// Credit that was used is a line too, and no part of the subtotal.
function sumText(lines: Sums, c: Currency, creditApplied = 0n): string {
  const shown = lines.map(({ recomputed }) => (recomputed === null ? '?' : formatMinor(recomputed, c)))
  const terms = creditApplied === 0n ? shown : [...shown, `${formatMinor(creditApplied, c)} of credit used`]
  const sum = sumOf(lines)
  const text = sum === null ? '?' : formatMinor(sum + creditApplied, c)
  return terms.length <= 1 ? text : `${terms.join(' + ')} = ${text}`
}
