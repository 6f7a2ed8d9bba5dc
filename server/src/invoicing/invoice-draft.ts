import assert from 'node:assert/strict'
import type { LineBasis } from '#invoicing/line-basis.ts'
import type { Quantity } from '#money/quantity.ts'

export const invoiceStatuses = ['draft', 'outstanding', 'paid', 'void', 'uncollectible'] as const
export type InvoiceStatus = (typeof invoiceStatuses)[number]

export const invoiceTypes = [
  'recurring',
  'overage',
  'plan_change',
  'adjustment',
  'credit_purchase',
  'balance_topup',
  'addon_activation',
  'one_time_payment',
  'reactivation',
] as const
export type InvoiceType = (typeof invoiceTypes)[number]

export const lineTypes = [
  'plan_base',
  'feature_overage',
  'feature_seats',
  'feature_quota',
  'discount',
  'promo_code_discount',
  'credit',
  'balance_overage',
  'addon_base',
  'one_time',
] as const
export type LineType = (typeof lineTypes)[number]

export const chargeTypes = ['standard', 'advance', 'true_up'] as const
export type ChargeType = (typeof chargeTypes)[number]

/** Which step of a window issued an invoice; at most one invoice per step (billing.md, exactly once per window). */
export const invoiceCauses = ['first', 'window_end', 'trial_end', 'cancellation', 'plan_change'] as const
export type InvoiceCause = (typeof invoiceCauses)[number]

/**
 * One line. `amount` is in minor units, negative for discounts. `unitAmount` is rate scale on usage lines and minor units
 * elsewhere (billing.md, scales of line fields). Included, used and overage are units.
 */
export type DraftLine = {
  readonly lineType: LineType
  readonly chargeType: ChargeType
  readonly featureId: string | null
  readonly featureName: string | null
  readonly description: string
  readonly quantity: Quantity
  readonly unitAmount: bigint
  readonly amount: bigint
  readonly includedAmount: Quantity | null
  readonly usedAmount: Quantity | null
  readonly overageAmount: Quantity | null
  readonly discountType: 'percentage' | 'amount' | null
  readonly discountValue: bigint | null
  readonly discountName: string | null
  /** The window the line bills. */
  readonly windowNumber: number | null
  readonly startsOn: Temporal.PlainDate | null
  readonly endsOn: Temporal.PlainDate | null
  /** What it was made from, for whoever computes it again. */
  readonly basis: LineBasis | null
}

export type Totals = {
  readonly subtotal: bigint
  readonly discountAmount: bigint
  readonly creditApplied: bigint
  readonly taxAmount: bigint
  readonly total: bigint
}

const discounts: ReadonlySet<LineType> = new Set<LineType>(['discount', 'promo_code_discount'])

/**
 * Sums of an invoice's lines, in minor units. `total = subtotal − discounts − credit + tax`, and all lines together are
 * total − tax (billing.md, Money). Customer credit that was used is a line, and no part of the subtotal.
 */
export function totalsOf(lines: readonly DraftLine[], taxAmount: bigint): Totals {
  const sum = (some: readonly DraftLine[]) => some.reduce((all, line) => all + line.amount, 0n)
  const discountAmount = -sum(lines.filter((line) => discounts.has(line.lineType)))
  const creditApplied = -sum(lines.filter((line) => line.basis?.kind === 'customer_credit'))
  const subtotal = sum(lines) + discountAmount + creditApplied
  const total = subtotal - discountAmount - creditApplied + taxAmount
  assert.equal(sum(lines), total - taxAmount, 'the lines of an invoice add up to its total before tax')
  assert(discountAmount >= 0n, 'a discount never adds to a total')
  assert(creditApplied >= 0n, 'credit never adds to a total')
  return { subtotal, discountAmount, creditApplied, taxAmount, total }
}

/** A line with nothing said beyond what is given. */
export function line(
  given: Pick<DraftLine, 'lineType' | 'description' | 'quantity' | 'unitAmount' | 'amount'> & Partial<DraftLine>,
): DraftLine {
  return {
    chargeType: 'standard',
    featureId: null,
    featureName: null,
    includedAmount: null,
    usedAmount: null,
    overageAmount: null,
    discountType: null,
    discountValue: null,
    discountName: null,
    windowNumber: null,
    startsOn: null,
    endsOn: null,
    basis: null,
    ...given,
  }
}
