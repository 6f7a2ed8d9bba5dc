import { requirePlan, requirePlanGroup } from '#catalogue/actions/require-entry.ts'
import type { Plan } from '#catalogue/plan.ts'
import { placePlan } from '#catalogue/plans.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/** Takes a plan out of a group. Refuses with `plan_not_found` when it is not in it. */
export async function removePlanFromGroup(
  tx: Tx,
  context: Context,
  input: { groupId: string; plan: string },
): Promise<Plan> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const group = await requirePlanGroup(tx, org.id, input.groupId)
  const plan = await requirePlan(tx, org.id, input.plan)
  if (plan.planGroupId !== group.id) {
    throw new Problem('plan_not_found', `The plan ${plan.code} is not in the group ${group.id}.`)
  }
  await placePlan(tx, org.id, plan.id, null, now)
  return plan
}
