import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import {
  type Capacity,
  type Circumstances,
  countedCapacity,
  fits,
  isOverageOn,
  wouldBeBilled,
} from '#metering/capacity.ts'
import { type Account, costOf, covers, heldIn, type LedgerModel, leastCost } from '#metering/ledger.ts'
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

/** What the customer has used and holds of each feature, by feature id, and the account they draw on. */
export type Possession = {
  used(featureId: string): Quantity
  /** Seats and quota: what is held, and the high-water mark of the billing period. */
  held(featureId: string): { readonly current: Quantity; readonly mark: Quantity }
  readonly account: Account
  /** How much of a usage feature the window holds, spend caps included. */
  capacity(terms: FeatureTerms): Capacity
  readonly overdraftCap: Rate | null
}

/** What a customer has of a feature in their plan. */
export function accessIn(
  terms: FeatureTerms,
  circumstances: Circumstances,
  possession: Possession,
): SwitchAccess | CountedAccess {
  if (terms.type === 'seats' || terms.type === 'quota') {
    const { current, mark } = possession.held(terms.featureId)
    return accessTo(terms, circumstances, current, mark)
  }
  const used = possession.used(terms.featureId)
  if (terms.type === 'boolean') return accessTo(terms, circumstances, used)
  const capacity = possession.capacity(terms)
  return capacity.kind === 'ledger'
    ? ledgerAccessTo(terms, capacity.model, possession.account, used, possession.overdraftCap)
    : accessTo(terms, circumstances, used, used, capacity)
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
 * the most that was held of them in the billing period, below which nothing is billed again. `capacity` where a spend cap leaves
 * less than the terms do.
 */
export function accessTo(
  terms: FeatureTerms,
  circumstances: Circumstances,
  current: Quantity,
  mark: Quantity = current,
  capacity: Exclude<Capacity, { kind: 'ledger' }> = countedCapacity(terms, circumstances),
): SwitchAccess | CountedAccess {
  if (terms.type === 'boolean') return { type: 'boolean', allowed: terms.enabled, enabled: terms.enabled }
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

/**
 * A usage feature of a credits or balance plan. Nothing is included: what is left is the whole units that the account still
 * pays for, and overage is what a balance may go below zero for. A feature priced by AI model has no price per unit: it may be
 * used while the account holds anything, and how many units that pays for is unknown.
 */
export function ledgerAccessTo(
  terms: FeatureTerms,
  model: LedgerModel,
  account: Account,
  current: Quantity,
  overdraftCap: Rate | null = null,
): CountedAccess {
  const isByModel = terms.pricingMode === 'ai_model'
  const unitCost = isByModel ? leastCost : costOf(model, terms, oneUnit)
  const held = atLeastZero(heldIn(model, account))
  const isOverageOn = model === 'balance' && account.mayOverdraw
  const isAllowed = terms.enabled && covers(model, account, unitCost, overdraftCap)
  return {
    type: 'usage',
    allowed: isAllowed,
    willBeCharged: isAllowed && isOverageOn && held < unitCost,
    current,
    included: 0n,
    remaining: isByModel || unitCost === 0n ? undefined : units(held / unitCost),
    overageQuantity: 0n,
    overageUnitPrice: model === 'balance' && !isByModel ? terms.overageUnitPrice : 0n,
    unlimited: unitCost === 0n,
    overageEnabled: isOverageOn,
    billedQuantity: undefined,
  }
}

/** Why one more unit is refused; undefined when it is not. A balance that a spend cap keeps from going deeper is a limit reached. */
export function denialOf(
  terms: FeatureTerms,
  access: SwitchAccess | CountedAccess,
  model: ConsumptionModel = 'metered',
  overdraftCap: Rate | null = null,
): DenialReason | undefined {
  if (access.allowed) return undefined
  if (!terms.enabled) return 'feature_disabled'
  return terms.type === 'usage' && overdraftCap === null ? exhaustion[model] : exhaustion.metered
}

const exhaustion = {
  metered: 'included_limit_reached',
  credits: 'insufficient_credits',
  balance: 'insufficient_balance',
} as const satisfies Record<ConsumptionModel, DenialReason>

const larger = (a: Quantity, b: Quantity): Quantity => (a > b ? a : b)
const atLeastZero = (quantity: Quantity): Quantity => larger(quantity, 0n)
