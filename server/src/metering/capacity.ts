import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { Quantity } from '#money/quantity.ts'
import type { WindowKind } from '#subscriptions/schedule.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'

/** Under which circumstances a feature is used. */
export type Circumstances = {
  readonly model: ConsumptionModel
  readonly status: SubscriptionStatus
  readonly windowKind: WindowKind
}

/** How much of a usage feature a window holds. */
export type Capacity =
  | { readonly kind: 'unlimited' }
  /** Included amounts are free, everything beyond is billed. */
  | { readonly kind: 'billed_beyond'; readonly included: Quantity }
  | { readonly kind: 'limited'; readonly included: Quantity }
  /** Billed beyond, up to `most`: further units would pass a spend cap (minor units). */
  | { readonly kind: 'capped'; readonly included: Quantity; readonly most: Quantity; readonly cap: bigint }
  /** Usage that draws on credits or a balance is not metered by a limit. */
  | { readonly kind: 'ledger'; readonly model: Exclude<ConsumptionModel, 'metered'> }

/** What a usage feature offers in a window of this kind. */
export function usageCapacity(terms: FeatureTerms, circumstances: Circumstances): Capacity {
  switch (circumstances.model) {
    case 'metered':
      return countedCapacity(terms, circumstances)
    case 'credits':
    case 'balance':
      return { kind: 'ledger', model: circumstances.model }
    default:
      return circumstances.model satisfies never
  }
}

/** What a feature offers that is limited by its included amount: metered usage, seats and quota. */
export function countedCapacity(
  terms: FeatureTerms,
  circumstances: Circumstances,
): Extract<Capacity, { kind: 'unlimited' | 'billed_beyond' | 'limited' }> {
  if (terms.unlimited) return { kind: 'unlimited' }
  const included = terms.includedAmount
  return isOverageOn(terms, circumstances) ? { kind: 'billed_beyond', included } : { kind: 'limited', included }
}

/** Overage is sold on paid windows only: never in a trial, never on a free plan. */
export function isOverageOn(terms: FeatureTerms, { status, windowKind }: Circumstances): boolean {
  return terms.overageEnabled && windowKind === 'paid' && status !== 'trialing'
}

/** Whether units beyond what is included would be sold if they had a price in the subscription's currency. */
export function wouldBeSold(terms: FeatureTerms, circumstances: Circumstances): boolean {
  return terms.isPriceMissing === true && isOverageOn({ ...terms, overageEnabled: true }, circumstances)
}

/** Whether a quantity fits on top of what is used; an event that would cross the limit does not fit at all. */
export function fits(capacity: Exclude<Capacity, { kind: 'ledger' }>, used: Quantity, quantity: Quantity): boolean {
  const limit = limitOf(capacity)
  return limit === null || quantity <= limit - used
}

/** What may be used at most; null where nothing limits it. */
export function limitOf(capacity: Capacity): Quantity | null {
  switch (capacity.kind) {
    case 'limited':
      return capacity.included
    case 'capped':
      return capacity.most
    case 'unlimited':
    case 'billed_beyond':
    case 'ledger':
      return null
    default:
      return capacity satisfies never
  }
}

/** Whether any of the quantity would be billed overage. */
export function wouldBeBilled(
  capacity: Exclude<Capacity, { kind: 'ledger' }>,
  used: Quantity,
  quantity: Quantity,
): boolean {
  const isSold = capacity.kind === 'billed_beyond' || capacity.kind === 'capped'
  return isSold && used + quantity > capacity.included
}
