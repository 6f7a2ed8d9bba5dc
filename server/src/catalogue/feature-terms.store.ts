import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { FeatureType } from '#catalogue/feature.ts'
import { type FeatureTerms, foldTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { PlanFeature, PricingMode } from '#catalogue/plan-feature.ts'
import type { Region } from '#catalogue/region.ts'
import { localUnitPrice } from '#catalogue/regional-price.ts'
import type { TermsState } from '#catalogue/terms-history.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { parseExchangeRate } from '#money/exchange.ts'
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
 * The last change of any plan's feature, exchange rate or add-on that was effective at or before a moment: what a window that begins then is
 * to remember as its revision. 0n when there was none.
 */
export async function revisionInForce(db: Db, orgId: string, at: Temporal.Instant): Promise<bigint> {
  const { rows } = await sql<{ revision: bigint }>`
    select greatest(
      coalesce((
        select revision from plan_feature_revision where org_id = ${orgId} and effective_at <= ${at}
        order by revision desc limit 1
      ), 0),
      coalesce((
        select revision from addon_revision where org_id = ${orgId} and effective_at <= ${at}
        order by revision desc limit 1
      ), 0),
      coalesce((select max(revision) from plan_exchange_rate where org_id = ${orgId} and effective_at <= ${at}), 0)
    )::bigint as revision`.execute(db)
  return rows[0]?.revision ?? 0n
}

export type TermsScope = {
  /** The revision in force when the window began. */
  readonly sinceRevision: bigint
  /** Leaves out changes effective at or after this moment: the end of a window that is billed late. */
  readonly before?: Temporal.Instant
  /** Whose unit prices: those of a region of the plan, with what they were at each change; null: canonical dollars. */
  readonly region: Region
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
      inForce && !inForce.removed ? termsOf(inForce, scope.region) : null,
      later.map((row) => (row.removed ? 'removed' : termsOf(row, scope.region))),
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
  region: Region,
): Promise<{ readonly model: ConsumptionModel; readonly states: ReadonlyMap<string, readonly TermsState[]> }> {
  const rows = await loadRevisions(db, orgId, planId, { sinceRevision: beforeAll, region })
  const states = rows.map((row) => ({
    featureId: row.feature_id,
    revision: row.revision,
    effectiveAt: row.effective_at,
    terms: row.removed ? ('removed' as const) : termsOf(row, region),
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
  /** In the region: the plan's rate and the unit price given by hand, as of the revision. */
  exchange_rate: string | null
  manual_unit_price: bigint | null
}

async function loadRevisions(db: Db, orgId: string, planId: string, scope: TermsScope): Promise<RevisionRow[]> {
  const regional = regionalParts(scope.region)
  const isEarlyEnough = scope.before ? sql`r.effective_at < ${scope.before}` : sql`true`
  const { rows } = await sql<RevisionRow>`
    select r.effective_at, r.feature_id, r.revision, r.removed, r.enabled, r.included_amount, r.unlimited, r.overage_enabled,
      r.overage_unit_price, r.credits_per_unit, r.pricing_mode, r.margin,
      f.code, f.name, f.type, f.unit_name, p.consumption_model, ${regional.columns}
    from plan_feature_revision r
    join plan p on p.org_id = r.org_id and p.id = r.plan_id
    join feature f on f.org_id = r.org_id and f.id = r.feature_id
    left join plan_feature pf on pf.org_id = r.org_id and pf.plan_id = r.plan_id and pf.feature_id = r.feature_id
    ${regional.joins}
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

// Whatever changes a unit price in a currency writes a revision of the feature: what a state costs is what was said by then.
function regionalParts(region: Region) {
  if (region === null)
    return { columns: sql`null::text as exchange_rate, null::bigint as manual_unit_price`, joins: sql`` }
  return {
    columns: sql`rate.exchange_rate, manual.overage_unit_price as manual_unit_price`,
    joins: sql`
      left join lateral (
        select x.exchange_rate from plan_exchange_rate x
        where x.org_id = r.org_id and x.plan_id = r.plan_id and x.currency = ${region} and x.revision <= r.revision
        order by x.revision desc limit 1
      ) rate on true
      left join lateral (
        select m.overage_unit_price from plan_feature_regional m
        where m.org_id = r.org_id and m.plan_id = r.plan_id and m.feature_id = r.feature_id and m.currency = ${region}
          and m.revision <= r.revision
        order by m.revision desc limit 1
      ) manual on true`,
  }
}

function termsOf(row: RevisionRow, region: Region): FeatureTerms {
  const includedAmount = parseQuantity(row.included_amount)
  assert(includedAmount !== undefined, 'a stored amount is a quantity')
  const terms = {
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
  return region === null ? terms : inRegion(terms, row)
}

// What has no price in the currency is not sold in it. What is priced by AI model has its rate looked up with each use.
function inRegion(terms: FeatureTerms, row: RevisionRow): FeatureTerms {
  const rate = row.exchange_rate === null ? undefined : parseExchangeRate(row.exchange_rate)
  const local = localUnitPrice(terms.overageUnitPrice, { rate, manual: row.manual_unit_price ?? undefined })
  if (local !== null) return { ...terms, overageUnitPrice: local }
  const isSold = terms.type !== 'boolean' && terms.pricingMode === 'fixed'
  const isPriced = terms.overageEnabled || (row.consumption_model === 'balance' && terms.type === 'usage')
  return { ...terms, overageUnitPrice: 0n, overageEnabled: false, isPriceMissing: isSold && isPriced }
}
