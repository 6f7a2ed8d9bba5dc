import type { ExplainedLine } from '#billing/explanation/explain-line.ts'
import type { ExplainedTotals } from '#billing/explanation/explain-totals.ts'
import type { Carried, LineWindow, NamedDraw } from '#billing/explanation/facts.ts'
import type { DraftLine, Totals } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'

/** A line of an invoice with how it was computed. */
export type LineExplanation = ExplainedLine & {
  readonly line: DraftLine & { readonly position: number }
  readonly window: LineWindow | null
  /** Where the line waited, when it was too little to be charged before. */
  readonly carried: Carried | null
  /** What a prepaid balance was used for. */
  readonly draws: readonly NamedDraw[]
}

export type InvoiceExplanation = {
  readonly invoice: Totals & {
    readonly id: string
    readonly number: string
    readonly type: string
    readonly status: string
    readonly issuedAt: Temporal.Instant
  }
  readonly currency: Currency
  readonly lines: readonly LineExplanation[]
  readonly totals: ExplainedTotals
}

/** Whether the invoice says what its rows come to: false where anything differs, null where something cannot be computed. */
export function matchesAll({ lines, totals }: Pick<InvoiceExplanation, 'lines' | 'totals'>): boolean | null {
  const all = [...lines.map(({ matches }) => matches), totals.matches]
  if (all.includes(false)) return false
  return all.includes(null) ? null : true
}
