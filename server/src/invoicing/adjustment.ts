import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { units } from '#money/quantity.ts'

export type Adjustment = {
  readonly status: 'outstanding' | 'paid'
  readonly dueAt: Temporal.Instant
  readonly lines: readonly DraftLine[]
}

/**
 * What a correction is (billing.md, Invoices): `amount` in minor units without tax, not 0. A positive one is to be paid in some
 * days; a negative one is paid at once.
 */
export function adjustmentOf(
  { amount, description }: { readonly amount: bigint; readonly description: string },
  now: Temporal.Instant,
  netDays: number,
): Adjustment {
  const lines = [line({ lineType: 'one_time', description, quantity: units(1), unitAmount: amount, amount })]
  if (amount < 0n) return { status: 'paid', dueAt: now, lines }
  return { status: 'outstanding', dueAt: now.add({ hours: 24 * netDays }), lines }
}
