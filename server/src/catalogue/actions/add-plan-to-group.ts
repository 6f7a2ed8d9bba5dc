import { refuseForeignCurrencies } from '#catalogue/actions/refuse-foreign-currencies.ts'
import { refuseForeignModel } from '#catalogue/actions/refuse-foreign-model.ts'
import { requirePlan, requirePlanGroup } from '#catalogue/actions/require-entry.ts'
import { placeAtEnd } from '#catalogue/plan-group.ts'
import { findGroupedPlans, placePlan } from '#catalogue/plans.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/**
 * Puts a plan into a group, at the end unless a sort order is given. Refuses a plan that is in a group already with
 * `duplicate`.
 */
export async function addPlanToGroup(
  tx: Tx,
  context: Context,
  input: { groupId: string; plan: string; sortOrder: number | undefined },
): Promise<void> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const group = await requirePlanGroup(tx, org.id, input.groupId)
  const plan = await requirePlan(tx, org.id, input.plan)
  if (plan.planGroupId !== null) throw inGroupAlready(plan.code, plan.planGroupId, group.id)
  const others = (await findGroupedPlans(tx, org.id, [group.id])).get(group.id) ?? []
  refuseForeignModel('planId', plan, others)
  await refuseForeignCurrencies(tx, org.id, 'planId', plan, others)
  const sortOrder = input.sortOrder ?? placeAtEnd(others)
  await placePlan(tx, org.id, plan.id, { groupId: group.id, sortOrder }, now)
}

function inGroupAlready(planCode: string, currentId: string, groupId: string): Problem {
  const message =
    currentId === groupId
      ? `The plan ${planCode} is in this group already. Change its place with PUT /plan-groups/${groupId}/plans/reorder.`
      : `The plan ${planCode} is in the group ${currentId}, and a plan belongs to one group at most. Remove it there first.`
  return new Problem('duplicate', message, { param: 'planId' })
}
