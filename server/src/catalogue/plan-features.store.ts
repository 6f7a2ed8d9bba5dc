import assert from 'node:assert/strict'
import { type Selectable, sql } from 'kysely'
import type { NamedPlanFeature, PlanFeature, PlanFeatureSettings } from '#catalogue/plan-feature.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { parseQuantity, quantityToText } from '#money/quantity.ts'

/** Puts a feature at the end of a plan. */
export async function insertPlanFeature(
  tx: Tx,
  orgId: string,
  feature: PlanFeature,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('plan_feature')
    .values({
      org_id: orgId,
      plan_id: feature.planId,
      feature_id: feature.featureId,
      ...columnsOf(feature),
      position: sql`(
        select coalesce(max(position) + 1, 0) from plan_feature where org_id = ${orgId} and plan_id = ${feature.planId}
      )`,
      created_at: now,
      updated_at: now,
    })
    .execute()
}

/** How a plan contains a feature; undefined when it does not. */
export async function findPlanFeature(
  db: Db,
  orgId: string,
  planId: string,
  featureId: string,
): Promise<PlanFeature | undefined> {
  const row = await db
    .selectFrom('plan_feature')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('plan_id', '=', planId)
    .where('feature_id', '=', featureId)
    .executeTakeFirst()
  return row && planFeatureOf(row)
}

/** The features of some plans in the order they were added, by plan id. Plans without features are absent. */
export async function listPlanFeatures(
  db: Db,
  orgId: string,
  planIds: readonly string[],
): Promise<Map<string, NamedPlanFeature[]>> {
  if (planIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('plan_feature')
    .innerJoin('feature', (join) =>
      join.onRef('feature.org_id', '=', 'plan_feature.org_id').onRef('feature.id', '=', 'plan_feature.feature_id'),
    )
    .selectAll('plan_feature')
    .select(['feature.code', 'feature.name', 'feature.type', 'feature.unit_name'])
    .where('plan_feature.org_id', '=', orgId)
    .where('plan_feature.plan_id', 'in', planIds)
    .orderBy('plan_feature.position')
    .orderBy('plan_feature.feature_id')
    .execute()
  const features = rows.map((row) => ({
    ...planFeatureOf(row),
    code: row.code,
    name: row.name,
    type: row.type,
    unitName: row.unit_name,
  }))
  return Map.groupBy(features, (feature) => feature.planId)
}

/** Replaces how a plan contains a feature. */
export async function updatePlanFeature(
  tx: Tx,
  orgId: string,
  feature: PlanFeature,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('plan_feature')
    .set({ ...columnsOf(feature), updated_at: now })
    .where('org_id', '=', orgId)
    .where('plan_id', '=', feature.planId)
    .where('feature_id', '=', feature.featureId)
    .execute()
}

/** Takes a feature out of a plan. Its revisions stay. */
export async function deletePlanFeature(tx: Tx, orgId: string, planId: string, featureId: string): Promise<void> {
  await tx
    .deleteFrom('plan_feature')
    .where('org_id', '=', orgId)
    .where('plan_id', '=', planId)
    .where('feature_id', '=', featureId)
    .execute()
}

/** The codes of the plans that are not deleted and contain a feature, a few of them at most. */
export async function plansWithFeature(db: Db, orgId: string, featureId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('plan_feature')
    .innerJoin('plan', (join) =>
      join.onRef('plan.org_id', '=', 'plan_feature.org_id').onRef('plan.id', '=', 'plan_feature.plan_id'),
    )
    .select('plan.code')
    .where('plan_feature.org_id', '=', orgId)
    .where('plan_feature.feature_id', '=', featureId)
    .where('plan.deleted_at', 'is', null)
    .orderBy('plan.id')
    .limit(limit)
    .execute()
  return rows.map((row) => row.code)
}

function columnsOf(settings: PlanFeatureSettings) {
  return {
    enabled: settings.enabled,
    included_amount: quantityToText(settings.includedAmount),
    unlimited: settings.unlimited,
    overage_enabled: settings.overageEnabled,
    overage_unit_price: settings.overageUnitPrice,
    credits_per_unit: settings.creditsPerUnit,
    pricing_mode: settings.pricingMode,
    margin: settings.margin,
  }
}

function planFeatureOf(row: Selectable<Tables['plan_feature']>): PlanFeature {
  const includedAmount = parseQuantity(row.included_amount)
  assert(includedAmount !== undefined, 'a stored amount is a quantity')
  return {
    planId: row.plan_id,
    featureId: row.feature_id,
    enabled: row.enabled,
    includedAmount,
    unlimited: row.unlimited,
    overageEnabled: row.overage_enabled,
    overageUnitPrice: row.overage_unit_price,
    creditsPerUnit: row.credits_per_unit,
    pricingMode: row.pricing_mode,
    margin: row.margin,
  }
}
