import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Capacity } from '#metering/capacity.ts'
import type { Currency } from '#money/currency.ts'
import { type Quantity, quantityScale } from '#money/quantity.ts'
import { lineAmount, minorPerMajor, type Rate, rateScale } from '#money/rate.ts'

/** Who may limit what a subscription spends. */
export const capOwners = ['merchant', 'customer'] as const
export type CapOwner = (typeof capOwners)[number]

/** A limit on what one window's usage may add to the bill; `featureId` null: all of it together. Minor units. */
export type SpendCap = { readonly featureId: string | null; readonly owner: CapOwner; readonly amount: bigint }

/** The limits in force, minor units of the subscription's currency. */
export type SpendCaps = {
  /** For the whole subscription; null where nothing is set. */
  readonly total: bigint | null
  readonly byFeature: ReadonlyMap<string, bigint>
}

/** A cap that stood before anything was used in a window: what its usage adds to the bill is not more. Minor units. */
export type KeptCap = Pick<SpendCap, 'featureId' | 'amount'>

/**
 * What a feature's usage in one window adds to the bill at most, whoever sets no cap, minor units: a thousandth of it would be a
 * mistake already, and dozens of such lines still add up to a total that fits a JSON number.
 */
export const largestBill = 100_000_000_000_000n

export const noCaps: SpendCaps = { total: null, byFeature: new Map() }

/** Of what merchant and customer set, the lower one is in force. */
export function capsInForce(set: readonly SpendCap[]): SpendCaps {
  let total: bigint | null = null
  const byFeature = new Map<string, bigint>()
  for (const { featureId, amount } of set) {
    if (featureId === null) total = lower(total, amount)
    else byFeature.set(featureId, lower(byFeature.get(featureId) ?? null, amount))
  }
  return { total, byFeature }
}

/** The most units whose invoice line is not above an amount, the line's rounding included; null where units are free. */
export function mostUnits(amount: bigint, unitPrice: Rate, currency: Currency): Quantity | null {
  if (unitPrice === 0n) return null
  return mostRoundedTo(amount, unitPrice * minorPerMajor(currency), quantityScale * rateScale)
}

/** The deepest overdraft whose invoice line is not above an amount, rate scale. */
export function mostOverdraft(amount: bigint, currency: Currency): Rate {
  return mostRoundedTo(amount, minorPerMajor(currency), rateScale)
}

// The largest n for which n × factor ÷ divisor, rounded half away from zero, is at most the amount: 2n × factor < divisor × (2 × amount + 1).
function mostRoundedTo(amount: bigint, factor: bigint, divisor: bigint): bigint {
  return (divisor * (2n * amount + 1n) - 1n) / (2n * factor)
}

/** Whether units of a feature beyond the included ones cost anything. Their price is what a window's end bills. */
export function isBilledBeyond({ type, unlimited, overageEnabled, overageUnitPrice }: FeatureTerms): boolean {
  return type === 'usage' && !unlimited && overageEnabled && overageUnitPrice > 0n
}

/** What usage of a metered feature would add to the bill of its window, minor units: as much as its invoice line. */
export function overageAmount(terms: FeatureTerms, used: Quantity, currency: Currency): bigint {
  const beyond = used - terms.includedAmount
  return isBilledBeyond(terms) && beyond > 0n ? lineAmount(beyond, terms.overageUnitPrice, currency) : 0n
}

/** The cap that a use is limited by, and what is left of it, minor units. */
export type Room = { readonly cap: bigint; readonly left: bigint }

/** What is left for a feature when the others have spent an amount; null where nothing is capped. */
export function roomFor(caps: SpendCaps, featureId: string, spentBesides: bigint): Room | null {
  const own = caps.byFeature.get(featureId)
  const ofFeature = own === undefined ? null : { cap: own, left: own }
  if (caps.total === null) return ofFeature
  const left = caps.total - spentBesides
  const ofAll = { cap: caps.total, left: left > 0n ? left : 0n }
  return ofFeature && ofFeature.left <= ofAll.left ? ofFeature : ofAll
}

/** What the features of a plan beside one would add to the bill, minor units. */
export function spentBesides(
  feature: FeatureTerms,
  features: readonly FeatureTerms[],
  usedOf: (featureId: string) => Quantity,
  currency: Currency,
): bigint {
  return features
    .filter(({ featureId }) => featureId !== feature.featureId)
    .reduce((sum, terms) => sum + overageAmount(terms, usedOf(terms.featureId), currency), 0n)
}

/** Whether what is left of a subscription's cap for a feature depends on what is used of others. */
export function isShared(caps: SpendCaps, feature: FeatureTerms, features: readonly FeatureTerms[]): boolean {
  if (caps.total === null || !isBilledBeyond(feature)) return false
  return features.some((other) => other.featureId !== feature.featureId && isBilledBeyond(other))
}

/** The capacity that remains of an unlimited sale of overage: under a cap, and within what can be billed at all. */
export function cappedCapacity(
  capacity: Capacity,
  terms: FeatureTerms,
  room: Room | null,
  currency: Currency,
): Capacity {
  if (capacity.kind !== 'billed_beyond') return capacity
  const { left, cap } = room !== null && room.left <= largestBill ? room : { left: largestBill, cap: largestBill }
  const units = mostUnits(left, terms.overageUnitPrice, currency)
  if (units === null) return capacity
  return { kind: 'capped', included: capacity.included, most: capacity.included + units, cap }
}

const lower = (a: bigint | null, b: bigint): bigint => (a === null || b < a ? b : a)
