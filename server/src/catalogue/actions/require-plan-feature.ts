import type { Feature } from '#catalogue/feature.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanFeature } from '#catalogue/plan-feature.ts'
import { findPlanFeature } from '#catalogue/plan-features.store.ts'
import type { Tx } from '#database/transaction.ts'
import { Problem } from '#problem.ts'

/** How a plan contains a feature. Refuses with `feature_not_found` when it does not. */
export async function requirePlanFeature(tx: Tx, orgId: string, plan: Plan, feature: Feature): Promise<PlanFeature> {
  const found = await findPlanFeature(tx, orgId, plan.id, feature.id)
  if (found) return found
  throw new Problem(
    'feature_not_found',
    `The plan ${plan.code} does not contain the feature ${feature.code}. Add it with POST /plans/${plan.code}/features.`,
  )
}
