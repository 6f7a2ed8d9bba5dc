import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { FeatureType } from '#catalogue/feature.ts'
import { type FeatureTerms, foldTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { PlanFeature, PricingMode } from '#catalogue/plan-feature.ts'
import type { TermsState } from '#catalogue/terms-history.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { parseQuantity, quantityToText } from '#money/quantity.ts'

export type Revision = {
  /** The side's version that the change moved to. */
  readonly number: bigint
  readonly effectiveAt: Temporal.Instant
  /** The feature left the plan; its settings are the last it had there. */
  readonly removed: boolean
}

/** Keeps the state that a plan's feature has from now on. Every change of a plan's feature records one. */
export async function recordRevision(tx: Tx, orgId: string, revision: Revision, feature: PlanFeature): Promise<void> {
  await tx
    .insertInto('plan_feature_revision')
    .values({
      org_id: orgId,
      plan_id: feature.planId,
      feature_id: feature.featureId,
      revision: revision.number,
      effective_at: revision.effectiveAt,
      removed: revision.removed,
      enabled: feature.enabled,
      included_amount: quantityToText(feature.includedAmount),
      unlimited: feature.unlimited,
      overage_enabled: feature.overageEnabled,
      overage_unit_price: feature.overageUnitPrice,
      credits_per_unit: feature.creditsPerUnit,
      pricing_mode: feature.pricingMode,
      margin: feature.margin,
    })
    .execute()
}

/**
 * The last change of any plan's feature that was effective at or before a moment: what a window that begins then is to
 * remember as its revision. 0n when there was none.
 */
export async function revisionInForce(db: Db, orgId: string, at: Temporal.Instant): Promise<bigint> {
  const row = await db
    .selectFrom('plan_feature_revision')
    .select('revision')
    .where('org_id', '=', orgId)
    .where('effective_at', '<=', at)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.revision ?? 0n
}

export type TermsScope = {
  /** The revision in force when the window began. */
  readonly sinceRevision: bigint
  /** Leaves out changes effective at or after this moment: the end of a window that is billed late. */
  readonly before?: Temporal.Instant
}

/**
 * The terms of every feature of a plan in a window, in the plan's order: the state at `sinceRevision` and the kinder part
 * of every later change. Features removed since then are still in it. One round trip.
 */
export async function loadPlanTerms(db: Db, orgId: string, planId: string, scope: TermsScope): Promise<FeatureTerms[]> {
  const byFeature = Map.groupBy(await loadRevisions(db, orgId, planId, scope), (row) => row.feature_id)
  return [...byFeature.values()].flatMap((rows) => {
    const inForce = rows.findLast((row) => row.revision <= scope.sinceRevision)
    const later = rows.filter((row) => row.revision > scope.sinceRevision)
    const model = rows[0]?.consumption_model ?? 'metered'
    const terms = foldTerms(
      inForce && !inForce.removed ? termsOf(inForce) : null,
      later.map((row) => (row.removed ? 'removed' : termsOf(row))),
      model,
    )
    return terms ? [terms] : []
  })
}

/** Every state that the features of a plan ever had, by feature id in the order of their revisions, and the plan's model. */
export async function loadTermsHistory(
  db: Db,
  orgId: string,
  planId: string,
): Promise<{ readonly model: ConsumptionModel; readonly states: ReadonlyMap<string, readonly TermsState[]> }> {
  const rows = await loadRevisions(db, orgId, planId, { sinceRevision: beforeAll })
  const states = rows.map((row) => ({
    featureId: row.feature_id,
    revision: row.revision,
    effectiveAt: row.effective_at,
    terms: row.removed ? ('removed' as const) : termsOf(row),
  }))
  return { model: rows[0]?.consumption_model ?? 'metered', states: Map.groupBy(states, ({ featureId }) => featureId) }
}

const beforeAll = -1n

type RevisionRow = {
  effective_at: Temporal.Instant
  feature_id: string
  revision: bigint
  removed: boolean
  enabled: boolean
  included_amount: string
  unlimited: boolean
  overage_enabled: boolean
  overage_unit_price: bigint
  credits_per_unit: bigint | null
  pricing_mode: PricingMode
  margin: bigint | null
  code: string
  name: string
  type: FeatureType
  unit_name: string | null
  consumption_model: ConsumptionModel
}

async function loadRevisions(db: Db, orgId: string, planId: string, scope: TermsScope): Promise<RevisionRow[]> {
  const isEarlyEnough = scope.before ? sql`r.effective_at < ${scope.before}` : sql`true`
  const { rows } = await sql<RevisionRow>`
    select r.effective_at, r.feature_id, r.revision, r.removed, r.enabled, r.included_amount, r.unlimited, r.overage_enabled,
      r.overage_unit_price, r.credits_per_unit, r.pricing_mode, r.margin,
      f.code, f.name, f.type, f.unit_name, p.consumption_model
    from plan_feature_revision r
    join plan p on p.org_id = r.org_id and p.id = r.plan_id
    join feature f on f.org_id = r.org_id and f.id = r.feature_id
    left join plan_feature pf on pf.org_id = r.org_id and pf.plan_id = r.plan_id and pf.feature_id = r.feature_id
    where r.org_id = ${orgId} and r.plan_id = ${planId} and (
      (r.revision > ${scope.sinceRevision} and ${isEarlyEnough})
      or r.revision = (
        select max(s.revision) from plan_feature_revision s
        where s.org_id = r.org_id and s.plan_id = r.plan_id and s.feature_id = r.feature_id
          and s.revision <= ${scope.sinceRevision}
      )
    )
    order by pf.position nulls last, r.feature_id, r.revision`.execute(db)
  return rows
}

function termsOf(row: RevisionRow): FeatureTerms {
  const includedAmount = parseQuantity(row.included_amount)
  assert(includedAmount !== undefined, 'a stored amount is a quantity')
  return {
    featureId: row.feature_id,
    code: row.code,
    name: row.name,
    type: row.type,
    unitName: row.unit_name,
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
