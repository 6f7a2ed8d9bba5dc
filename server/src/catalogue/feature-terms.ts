import type { FeatureType } from '#catalogue/feature.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { PricingMode } from '#catalogue/plan-feature.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'

/** What a subscription may count on for one feature in one consumption window. */
export type FeatureTerms = {
  readonly featureId: string
  readonly code: string
  readonly name: string
  readonly type: FeatureType
  readonly unitName: string | null
  readonly enabled: boolean
  /** Millionths of a unit, per window. */
  readonly includedAmount: Quantity
  readonly unlimited: boolean
  readonly overageEnabled: boolean
  /** Rate scale, per unit (seats and quota: per unit and window). On balance plans every unit costs it. */
  readonly overageUnitPrice: Rate
  /** Units have a price, but not in the subscription's currency: none can be sold, and overage is off. */
  readonly isPriceMissing?: boolean
  /** Credits plans: what one unit of usage costs. */
  readonly creditsPerUnit: bigint | null
  readonly pricingMode: PricingMode
  /** Basis points on top of AI token prices. */
  readonly margin: bigint | null
}

/**
 * The terms of a window in which the catalogue changed: those in force when it began (null: the plan did not have the
 * feature), with every later change as far as it is kinder to the customer. The harsher part of a change waits for the
 * next window.
 */
export function foldTerms(
  inForce: FeatureTerms | null,
  later: readonly (FeatureTerms | 'removed')[],
  model: ConsumptionModel,
): FeatureTerms | null {
  let terms = inForce
  for (const state of later) {
    if (state === 'removed') continue
    // What is absent or disabled promises nothing that would have to be kept.
    terms = terms?.enabled ? kinderOf(terms, state, model) : state
  }
  return terms
}

/**
 * The terms of a window in which a subscription has add-ons: behind the plan's features those of the add-ons. Where the plan
 * has come to give a feature itself, or two add-ons gave it one after the other, the kinder of both holds.
 */
export function withAddons(
  plan: readonly FeatureTerms[],
  addons: readonly FeatureTerms[],
  model: ConsumptionModel,
): readonly FeatureTerms[] {
  if (addons.length === 0) return plan
  const byFeature = new Map(plan.map((terms) => [terms.featureId, terms]))
  for (const terms of addons) {
    byFeature.set(terms.featureId, foldTerms(byFeature.get(terms.featureId) ?? null, [terms], model) ?? terms)
  }
  return [...byFeature.values()]
}

function kinderOf(kept: FeatureTerms, offered: FeatureTerms, model: ConsumptionModel): FeatureTerms {
  if (!offered.enabled) return kept
  return {
    ...kept,
    name: offered.name,
    unitName: offered.unitName,
    includedAmount: larger(kept.includedAmount, offered.includedAmount),
    unlimited: kept.unlimited || offered.unlimited,
    overageEnabled: kept.overageEnabled || offered.overageEnabled,
    overageUnitPrice: kinderPrice(kept, offered, model),
    ...(isMissing(kept) ? { isPriceMissing: isMissing(offered) } : {}),
    creditsPerUnit: smallerKnown(kept.creditsPerUnit, offered.creditsPerUnit),
    margin: kept.pricingMode === offered.pricingMode ? kinderMargin(kept.margin, offered.margin) : kept.margin,
  }
}

// A price counts as promised only where units could be bought at it: on balance plans usage always costs it, elsewhere
// only while overage is on. Otherwise a plan without overage (price 0) would give it away once it is turned on.
function kinderPrice(kept: FeatureTerms, offered: FeatureTerms, model: ConsumptionModel): Rate {
  if (isMissing(kept)) return offered.overageUnitPrice
  if (isMissing(offered)) return kept.overageUnitPrice
  const alwaysPriced = model === 'balance' && kept.type === 'usage'
  if (!alwaysPriced && !kept.overageEnabled) return offered.overageUnitPrice
  if (!alwaysPriced && !offered.overageEnabled) return kept.overageUnitPrice
  return smaller(kept.overageUnitPrice, offered.overageUnitPrice)
}

// No margin is none on top of the price list: the kindest there is, and not one that is still to be said.
function kinderMargin(kept: bigint | null, offered: bigint | null): bigint | null {
  return kept === null || offered === null ? null : smaller(kept, offered)
}

const isMissing = ({ isPriceMissing }: FeatureTerms): boolean => isPriceMissing === true

function smallerKnown(kept: bigint | null, offered: bigint | null): bigint | null {
  if (kept === null || offered === null) return kept ?? offered
  return smaller(kept, offered)
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
