import { requirePlanGroup } from '#catalogue/actions/require-entry.ts'
import type { PlanGroup } from '#catalogue/plan-group.ts'
import { deletePlanGroup as markDeleted } from '#catalogue/plan-groups.store.ts'
import { emptyGroup } from '#catalogue/plans.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

/** Deletes a group; its plans stay, without a group. */
export async function deletePlanGroup(tx: Tx, context: Context, input: { groupId: string }): Promise<PlanGroup> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const group = await requirePlanGroup(tx, org.id, input.groupId)
  await emptyGroup(tx, org.id, group.id, now)
  await markDeleted(tx, org.id, group.id, now)
  return group
}
