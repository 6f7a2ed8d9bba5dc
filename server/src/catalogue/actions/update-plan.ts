import { requirePlan } from '#catalogue/actions/require-entry.ts'
import type { Plan } from '#catalogue/plan.ts'
import { type PlanChanges, updatePlan as savePlan, unsetDefaultPlan } from '#catalogue/plans.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

/** Changes what may change of a plan; making it the default takes the mark from the one before. */
export async function updatePlan(
  tx: Tx,
  context: Context,
  input: { plan: string; changes: PlanChanges },
): Promise<Plan> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  if (input.changes.isDefault && !plan.isDefault) await unsetDefaultPlan(tx, org.id, now)
  return savePlan(tx, org.id, plan.id, input.changes, now)
}
