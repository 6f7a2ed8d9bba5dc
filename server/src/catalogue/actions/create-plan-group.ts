import type { FullPlanGroup } from '#catalogue/actions/load-plan-group.ts'
import { insertPlanGroup, type NewPlanGroup } from '#catalogue/plan-groups.store.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

export async function createPlanGroup(
  tx: Tx,
  context: Context,
  input: Omit<NewPlanGroup, 'id'>,
): Promise<FullPlanGroup> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  return { group: await insertPlanGroup(tx, org.id, { id: newId('pgr'), ...input }, now), plans: [] }
}
