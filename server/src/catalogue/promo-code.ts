import type { DiscountType } from '#catalogue/plan-price.ts'
import { wholeBasisPoints } from '#money/basis-points.ts'
import type { FieldProblem } from '#problem.ts'
import type { BillingInterval } from '#time/interval.ts'

/** What a code is worth and for whom. `discountValue` is basis points, or minor units of USD. */
export type PromoCodeTerms = {
  readonly discountType: DiscountType
  readonly discountValue: bigint
  /** Billing periods it lasts, the first paid one included; null = as long as the subscription lives. */
  readonly durationCycles: number | null
  readonly billingInterval: BillingInterval | null
  readonly maxRedemptions: number | null
  readonly expiresAt: Temporal.Instant | null
  readonly isActive: boolean
  /** Public ids of the plans it is for; null = every plan. */
  readonly planIds: readonly string[] | null
}

/**
 * A code with its counts: `redeemed` checkouts were paid with it, `held` are being paid at this moment. `honoured` were settled
 * outside when there was no room any more.
 */
export type PromoCode = PromoCodeTerms & {
  readonly id: string
  readonly code: string
  readonly held: number
  readonly redeemed: number
  readonly honoured: number
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}

/** Why a code that exists cannot be used; the words of the published error table. */
export type PromoRefusal =
  | 'inactive'
  | 'expired'
  | 'max_redemptions_reached'
  | 'already_redeemed'
  | 'plan_not_eligible'
  | 'interval_not_eligible'
  | 'intro_offer_active'

export type PromoUse = {
  readonly now: Temporal.Instant
  readonly planId: string
  readonly billingInterval: BillingInterval | null
  readonly hasIntroOffer: boolean
  /** The customer's own use of the code so far: a payment in flight holds a place of its own. */
  readonly own: 'held' | 'redeemed' | null
}

/** The first reason against using a code, in the documented order (catalogue.md, Promo codes); null when there is none. */
export function refusalOf(
  code: Omit<PromoCode, 'id' | 'code' | 'createdAt' | 'updatedAt'>,
  use: PromoUse,
): PromoRefusal | null {
  const { planIds, billingInterval, expiresAt } = code
  if (!code.isActive) return 'inactive'
  if (expiresAt !== null && Temporal.Instant.compare(use.now, expiresAt) >= 0) return 'expired'
  if (use.own !== 'held' && !hasRoom(code)) return 'max_redemptions_reached'
  if (use.own === 'redeemed') return 'already_redeemed'
  if (planIds !== null && !planIds.includes(use.planId)) return 'plan_not_eligible'
  if (billingInterval !== null && billingInterval !== use.billingInterval) return 'interval_not_eligible'
  return use.hasIntroOffer ? 'intro_offer_active' : null
}

/** Whether one more customer may use it. */
export function hasRoom({
  maxRedemptions,
  held,
  redeemed,
  honoured,
}: Pick<PromoCode, 'maxRedemptions' | 'held' | 'redeemed' | 'honoured'>): boolean {
  return maxRedemptions === null || held + redeemed + honoured < maxRedemptions
}

/** Everything that keeps a discount from being given; empty when it is one. 100 % would be a gift, not a discount. */
export function checkDiscount({
  discountType,
  discountValue,
}: Pick<PromoCodeTerms, 'discountType' | 'discountValue'>): FieldProblem[] {
  if (discountType === 'percentage' && discountValue >= wholeBasisPoints) {
    return [{ field: 'discountValue', message: 'A percentage is 1 to 9999 basis points (10000 would be 100 %).' }]
  }
  return []
}
