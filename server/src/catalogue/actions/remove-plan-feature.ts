import { requireFeature, requirePlan } from '#catalogue/actions/require-entry.ts'
import { requirePlanFeature } from '#catalogue/actions/require-plan-feature.ts'
import { recordRevision } from '#catalogue/feature-terms.store.ts'
import type { PlanFeature } from '#catalogue/plan-feature.ts'
import { deletePlanFeature } from '#catalogue/plan-features.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

/** Takes a feature out of a plan. Customers of the plan keep it until their current window ends. */
export async function removePlanFeature(
  tx: Tx,
  context: Context,
  input: { plan: string; feature: string },
): Promise<PlanFeature> {
  const { org, now } = context
  const version = await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  const feature = await requireFeature(tx, org.id, input.feature)
  const removed = await requirePlanFeature(tx, org.id, plan, feature)
  await deletePlanFeature(tx, org.id, plan.id, feature.id)
  await recordRevision(tx, org.id, { number: version, effectiveAt: now, removed: true }, removed)
  return removed
}
