import type { Plan } from '#catalogue/plan.ts'
import type { NamedPlanFeature } from '#catalogue/plan-feature.ts'
import { listPlanFeatures } from '#catalogue/plan-features.store.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { listPrices } from '#catalogue/prices.store.ts'
import { loadRegionalPricing } from '#catalogue/regional-prices.store.ts'
import { noRegionalPricing, type RegionalPricing } from '#catalogue/regional-pricing.ts'
import type { Db } from '#database/transaction.ts'

/** A plan with all that hangs on it, as the API shows it. */
export type FullPlan = {
  readonly plan: Plan
  readonly features: readonly NamedPlanFeature[]
  readonly prices: readonly PlanPrice[]
  readonly regional: RegionalPricing
}

/** Adds features and prices to plans, with what they are in other currencies: five round trips, however many plans. */
export async function loadPlans(db: Db, orgId: string, plans: readonly Plan[]): Promise<FullPlan[]> {
  const ids = plans.map(({ id }) => id)
  const features = await listPlanFeatures(db, orgId, ids)
  const prices = await listPrices(db, orgId, ids)
  const regional = await loadRegionalPricing(db, orgId, ids)
  return plans.map((plan) => ({
    plan,
    features: features.get(plan.id) ?? [],
    prices: prices.get(plan.id) ?? [],
    regional: regional.get(plan.id) ?? noRegionalPricing,
  }))
}

/** Adds features and prices to one plan. */
export async function loadPlan(db: Db, orgId: string, plan: Plan): Promise<FullPlan> {
  const [full] = await loadPlans(db, orgId, [plan])
  return full ?? { plan, features: [], prices: [], regional: noRegionalPricing }
}
