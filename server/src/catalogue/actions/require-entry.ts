import type { Feature } from '#catalogue/feature.ts'
import { findFeature } from '#catalogue/features.store.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanGroup } from '#catalogue/plan-group.ts'
import { findPlanGroup } from '#catalogue/plan-groups.store.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { findPlan } from '#catalogue/plans.store.ts'
import { lockPrice } from '#catalogue/prices.store.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { Problem } from '#problem.ts'

/** The feature with this id or code. Refuses with `feature_not_found`. */
export async function requireFeature(db: Db, orgId: string, idOrCode: string): Promise<Feature> {
  const feature = await findFeature(db, orgId, idOrCode)
  if (feature) return feature
  throw new Problem(
    'feature_not_found',
    `There is no feature with the code or id ${idOrCode}. GET /features lists those there are.`,
  )
}

/** The plan with this id or code. Refuses with `plan_not_found`, also when it was deleted. */
export async function requirePlan(db: Db, orgId: string, idOrCode: string): Promise<Plan> {
  const plan = await findPlan(db, orgId, idOrCode)
  if (plan) return plan
  throw new Problem(
    'plan_not_found',
    `There is no plan with the id or code ${idOrCode}. GET /plans?includePrivate=true lists those there are.`,
  )
}

/** The live price of a plan, locked. Refuses with `price_not_found`, also when it belongs to another plan. */
export async function requirePrice(tx: Tx, orgId: string, plan: Plan, id: string): Promise<PlanPrice> {
  const price = await lockPrice(tx, orgId, plan.id, id)
  if (price) return price
  throw new Problem(
    'price_not_found',
    `The plan ${plan.code} has no price with the id ${id}. GET /plans/${plan.code} lists its prices.`,
  )
}

/** The group with this id. Refuses with `plan_group_not_found`. */
export async function requirePlanGroup(db: Db, orgId: string, id: string): Promise<PlanGroup> {
  const group = await findPlanGroup(db, orgId, id)
  if (group) return group
  throw new Problem(
    'plan_group_not_found',
    `There is no plan group with the id ${id}. GET /plan-groups lists those there are.`,
  )
}
