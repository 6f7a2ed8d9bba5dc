import { requireFeature, requirePlan } from '#catalogue/actions/require-entry.ts'
import { requirePlanFeature } from '#catalogue/actions/require-plan-feature.ts'
import { type Changes, withChanges } from '#catalogue/changes.ts'
import { recordRevision } from '#catalogue/feature-terms.store.ts'
import { checkPlanFeature, type PlanFeature, type PlanFeatureSettings } from '#catalogue/plan-feature.ts'
import { updatePlanFeature as savePlanFeature } from '#catalogue/plan-features.store.ts'
import { refuseFields } from '#catalogue/refuse-fields.ts'
import { loadRegionalPricing } from '#catalogue/regional-prices.store.ts'
import { checkLocalUnitPrice, noRegionalPricing } from '#catalogue/regional-pricing.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

/** Changes how a plan contains a feature. Customers of the plan get the kinder part now, the rest with their next window. */
export async function updatePlanFeature(
  tx: Tx,
  context: Context,
  input: { plan: string; feature: string; changes: Changes<PlanFeatureSettings> },
): Promise<PlanFeature> {
  const { org, now } = context
  const version = await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  const feature = await requireFeature(tx, org.id, input.feature)
  const current = await requirePlanFeature(tx, org.id, plan, feature)
  const changed = withChanges<PlanFeature>(current, input.changes)
  const pricing = (await loadRegionalPricing(tx, org.id, [plan.id])).get(plan.id) ?? noRegionalPricing
  refuseFields([
    ...checkPlanFeature(plan, feature.type, changed),
    ...checkLocalUnitPrice(changed, pricing, 'overage.unitPrice'),
  ])
  await savePlanFeature(tx, org.id, changed, now)
  await recordRevision(tx, org.id, { number: version, effectiveAt: now, removed: false }, changed)
  return changed
}
