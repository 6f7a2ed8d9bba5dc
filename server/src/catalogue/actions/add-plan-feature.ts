import { requireFeature, requirePlan } from '#catalogue/actions/require-entry.ts'
import { recordRevision } from '#catalogue/feature-terms.store.ts'
import { checkPlanFeature, type PlanFeature, type PlanFeatureSettings } from '#catalogue/plan-feature.ts'
import { findPlanFeature, insertPlanFeature } from '#catalogue/plan-features.store.ts'
import { refuseFields } from '#catalogue/refuse-fields.ts'
import { loadRegionalPricing } from '#catalogue/regional-prices.store.ts'
import { checkLocalUnitPrice, noRegionalPricing } from '#catalogue/regional-pricing.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/** Adds a feature to a plan. Refuses one that it contains already with `duplicate`. */
export async function addPlanFeature(
  tx: Tx,
  context: Context,
  input: { plan: string; feature: string; settings: PlanFeatureSettings },
): Promise<PlanFeature> {
  const { org, now } = context
  const version = await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  const feature = await requireFeature(tx, org.id, input.feature)
  const pricing = (await loadRegionalPricing(tx, org.id, [plan.id])).get(plan.id) ?? noRegionalPricing
  refuseFields([
    ...checkPlanFeature(plan, feature.type, input.settings),
    ...checkLocalUnitPrice({ featureId: feature.id, ...input.settings }, pricing, 'overage.unitPrice'),
  ])
  if (await findPlanFeature(tx, org.id, plan.id, feature.id)) {
    throw new Problem(
      'duplicate',
      `The plan ${plan.code} contains the feature ${feature.code} already. Change it with PUT /plans/${plan.code}/features/${feature.code}.`,
      { param: 'featureId' },
    )
  }
  const added: PlanFeature = { planId: plan.id, featureId: feature.id, ...input.settings }
  await insertPlanFeature(tx, org.id, added, now)
  await recordRevision(tx, org.id, { number: version, effectiveAt: now, removed: false }, added)
  return added
}
