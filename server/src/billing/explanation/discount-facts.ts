import type { DiscountFacts } from '#billing/explanation/facts.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'

/** The discount that a subscription carries, as far as it does. */
export type CarriedDiscount = {
  readonly discountKind: 'intro_offer' | 'promo_code' | null
  readonly discountType: 'percentage' | 'amount' | null
  readonly discountValue: bigint | null
}

/**
 * What a discount line is computed from: the subscription's discount while it is of that kind, else what the line keeps of it
 * (discounts end with their plan).
 */
export function discountFacts(
  { lineType, discountType, discountValue, basis }: DraftLine,
  subscription: CarriedDiscount | null,
  base: bigint | null,
): DiscountFacts {
  const kind = lineType === 'discount' ? 'intro_offer' : 'promo_code'
  const cycle = basis?.kind === 'cycle' ? { number: basis.cycle, of: basis.cycles } : null
  const common = { kind: 'discount', base, cycle } as const
  if (subscription?.discountKind === kind) {
    return {
      ...common,
      type: subscription.discountType,
      value: subscription.discountValue,
      source: 'subscription',
    }
  }
  return { ...common, type: discountType, value: discountValue, source: 'invoice_line' }
}
