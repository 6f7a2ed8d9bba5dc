import { type FullPlanGroup, loadPlanGroup } from '#catalogue/actions/load-plan-group.ts'
import { requirePlanGroup } from '#catalogue/actions/require-entry.ts'
import { type PlanGroupChanges, updatePlanGroup as savePlanGroup } from '#catalogue/plan-groups.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

export async function updatePlanGroup(
  tx: Tx,
  context: Context,
  input: { groupId: string; changes: PlanGroupChanges },
): Promise<FullPlanGroup> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const group = await requirePlanGroup(tx, org.id, input.groupId)
  return loadPlanGroup(tx, org.id, await savePlanGroup(tx, org.id, group.id, input.changes, now))
}
