import { type Discount, isRunning } from '#billing/charges/discount.ts'

type Columns = {
  readonly discountKind: 'intro_offer' | 'promo_code' | null
  readonly discountType: 'percentage' | 'amount' | null
  readonly discountValue: bigint | null
  readonly discountName: string | null
  readonly discountCycles: number | null
  readonly discountCyclesUsed: number
}

/** The discount a subscription carries, null when it has none or used it up. */
export function runningDiscount(columns: Columns): Discount | null {
  const { discountKind, discountType, discountValue } = columns
  if (discountKind === null || discountType === null || discountValue === null) return null
  const discount: Discount = {
    kind: discountKind,
    type: discountType,
    value: discountValue,
    name: columns.discountName,
    cycles: columns.discountCycles,
    cyclesUsed: columns.discountCyclesUsed,
  }
  return isRunning(discount) ? discount : null
}
