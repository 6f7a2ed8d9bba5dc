import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type Circumstances, countedCapacity, fits, isOverageOn, wouldBeBilled } from '#metering/capacity.ts'
import { type Quantity, units } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'

/** What a customer has of a boolean feature. */
export type SwitchAccess = { readonly type: 'boolean'; readonly allowed: boolean; readonly enabled: boolean }

/** What a customer has of a counted feature; `remaining` is undefined where there is no limit. */
export type CountedAccess = {
  readonly type: 'usage' | 'seats' | 'quota'
  /** Whether one more unit would be accepted. */
  readonly allowed: boolean
  readonly willBeCharged: boolean
  readonly current: Quantity
  readonly included: Quantity
  readonly remaining: Quantity | undefined
  readonly overageQuantity: Quantity
  readonly overageUnitPrice: Rate
  readonly unlimited: boolean
  readonly overageEnabled: boolean
  /** Seats and quota: the most that was held in the billing period, at least the included amount. */
  readonly billedQuantity: Quantity | undefined
}

export type DenialReason =
  | 'no_active_subscription'
  | 'feature_not_in_plan'
  | 'feature_disabled'
  | 'included_limit_reached'
  | 'insufficient_credits'
  | 'insufficient_balance'

const oneUnit = units(1n)

/**
 * What the terms and the use so far amount to. Seats and quota are counted against included amounts on every plan; `mark` is
 * the most that was held of them in the billing period, below which nothing is billed again.
 */
export function accessTo(
  terms: FeatureTerms,
  circumstances: Circumstances,
  current: Quantity,
  mark: Quantity = current,
): SwitchAccess | CountedAccess {
  if (terms.type === 'boolean') return { type: 'boolean', allowed: terms.enabled, enabled: terms.enabled }
  const capacity = countedCapacity(terms, circumstances)
  const included = terms.includedAmount
  const isAllowed = terms.enabled && fits(capacity, current, oneUnit)
  return {
    type: terms.type,
    allowed: isAllowed,
    willBeCharged: isAllowed && current + oneUnit > mark && wouldBeBilled(capacity, current, oneUnit),
    current,
    included,
    remaining: terms.unlimited ? undefined : atLeastZero(included - current),
    overageQuantity: terms.unlimited ? 0n : atLeastZero(current - included),
    overageUnitPrice: terms.overageUnitPrice,
    unlimited: terms.unlimited,
    overageEnabled: isOverageOn(terms, circumstances),
    billedQuantity: terms.type === 'usage' ? undefined : larger(mark, included),
  }
}

/** Why one more unit is refused; undefined when it is not. */
export function denialOf(terms: FeatureTerms, access: SwitchAccess | CountedAccess): DenialReason | undefined {
  if (access.allowed) return undefined
  return terms.enabled ? 'included_limit_reached' : 'feature_disabled'
}

const larger = (a: Quantity, b: Quantity): Quantity => (a > b ? a : b)
const atLeastZero = (quantity: Quantity): Quantity => larger(quantity, 0n)
