import type { Plan } from '#catalogue/plan.ts'
import type { PlanGroup } from '#catalogue/plan-group.ts'
import { findGroupedPlans } from '#catalogue/plans.store.ts'
import type { Db } from '#database/transaction.ts'

/** A group with its plans, lowest first. */
export type FullPlanGroup = { readonly group: PlanGroup; readonly plans: readonly Plan[] }

/** Adds their plans to groups: one round trip, however many groups. */
export async function loadPlanGroups(db: Db, orgId: string, groups: readonly PlanGroup[]): Promise<FullPlanGroup[]> {
  const ids = groups.map(({ id }) => id)
  const plans = await findGroupedPlans(db, orgId, ids)
  return groups.map((group) => ({ group, plans: plans.get(group.id) ?? [] }))
}

/** Adds its plans to one group. */
export async function loadPlanGroup(db: Db, orgId: string, group: PlanGroup): Promise<FullPlanGroup> {
  const [full] = await loadPlanGroups(db, orgId, [group])
  return full ?? { group, plans: [] }
}
