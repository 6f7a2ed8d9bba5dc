import assert from 'node:assert/strict'
import { sql } from 'kysely'
import {
  type AddonInUse,
  type AddonModel,
  type DatedRate,
  inRegion,
  laterOf,
  modelOfTerms,
  termsOfAddon,
} from '#catalogue/addon.ts'
import type { FeatureType } from '#catalogue/feature.ts'
import type { TermsScope } from '#catalogue/feature-terms.store.ts'
import { type FeatureTerms, foldTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { Region } from '#catalogue/region.ts'
import type { TermsState } from '#catalogue/terms-history.ts'
import type { Db } from '#database/transaction.ts'
import { parseExchangeRate } from '#money/exchange.ts'
import { parseQuantity } from '#money/quantity.ts'

/**
 * What add-ons give in a window, in their order: the state at the window's revision, or at their activation where that came
 * later, with the kinder part of every later change.
 */
export async function loadAddonTerms(
  db: Db,
  orgId: string,
  { planId, addons }: { readonly planId: string; readonly addons: readonly AddonInUse[] },
  { sinceRevision, before, region }: TermsScope,
): Promise<FeatureTerms[]> {
  const addonIds = addons.map(({ addonId }) => addonId)
  const histories = await loadAddonHistories(db, orgId, { planId, addonIds, region })
  return addons.flatMap(({ addonId, termsRevision }) => {
    const { model, states } = historyOf(histories, addonId)
    const since = laterOf(sinceRevision, termsRevision)
    const inForce = states.findLast(({ revision }) => revision <= since)?.terms ?? null
    const later = states.filter(
      ({ revision, effectiveAt }) =>
        revision > since && (before === undefined || Temporal.Instant.compare(effectiveAt, before) < 0),
    )
    const terms = foldTerms(
      inForce === 'removed' ? null : inForce,
      later.map((state) => state.terms),
      model,
    )
    return terms ? [terms] : []
  })
}

/** Every state an add-on ever had, in the order of its revisions, and the model whose rules they follow. */
export type AddonHistory = {
  readonly featureId: string
  readonly model: ConsumptionModel
  readonly states: readonly TermsState[]
}

export type AddonsBeside = { readonly planId: string; readonly addonIds: readonly string[]; readonly region: Region }

/** The histories of some add-ons, by id, in a region at the rates of the plan they are had with. */
export async function loadAddonHistories(
  db: Db,
  orgId: string,
  { planId, addonIds, region }: AddonsBeside,
): Promise<ReadonlyMap<string, AddonHistory>> {
  if (addonIds.length === 0) return new Map()
  const rates = region === null ? null : await ratesOf(db, orgId, planId, region)
  const { rows } = await sql<RevisionRow>`
    select r.addon_id, r.revision, r.effective_at, r.base_price, r.included_units, r.overage_rate, r.credit_cost,
      a.consumption_model, a.feature_id, f.code, f.name, f.type, f.unit_name
    from addon_revision r
    join addon a on a.org_id = r.org_id and a.id = r.addon_id
    join feature f on f.org_id = a.org_id and f.id = a.feature_id
    where r.org_id = ${orgId} and r.addon_id = any(${[...new Set(addonIds)]}::text[])
    order by r.addon_id, r.revision`.execute(db)
  return new Map(
    [...Map.groupBy(rows, (row) => row.addon_id)].map(([addonId, [first, ...rest]]) => [
      addonId,
      {
        featureId: first?.feature_id ?? '',
        model: modelOfTerms(first?.consumption_model ?? 'boolean'),
        states: inRegion([...(first ? [first] : []), ...rest].map(stateOf), rates),
      },
    ]),
  )
}

async function ratesOf(db: Db, orgId: string, planId: string, region: string): Promise<DatedRate[]> {
  const rows = await db
    .selectFrom('plan_exchange_rate')
    .select(['revision', 'effective_at', 'exchange_rate'])
    .where('org_id', '=', orgId)
    .where('plan_id', '=', planId)
    .where('currency', '=', region)
    .orderBy('revision')
    .execute()
  return rows.map(({ revision, effective_at, exchange_rate }) => {
    const rate = parseExchangeRate(exchange_rate)
    assert(rate !== undefined, `${exchange_rate} is an exchange rate`)
    return { revision, effectiveAt: effective_at, rate }
  })
}

/** The base price that an add-on had by a revision of its own; undefined when there is none. Minor units of USD. */
export async function findAddonPrice(
  db: Db,
  orgId: string,
  { addonId, revision }: { readonly addonId: string; readonly revision: bigint },
): Promise<{ readonly price: bigint; readonly effectiveAt: Temporal.Instant } | undefined> {
  const row = await db
    .selectFrom('addon_revision')
    .select(['base_price', 'effective_at'])
    .where('org_id', '=', orgId)
    .where('addon_id', '=', addonId)
    .where('revision', '=', revision)
    .executeTakeFirst()
  return row && { price: row.base_price, effectiveAt: row.effective_at }
}

/** The base price that an add-on had at a moment, and since which revision; undefined before there was one. */
export async function findAddonPriceAt(
  db: Db,
  orgId: string,
  addonId: string,
  at: Temporal.Instant,
): Promise<{ readonly price: bigint; readonly revision: bigint } | undefined> {
  const row = await db
    .selectFrom('addon_revision')
    .select(['base_price', 'revision'])
    .where('org_id', '=', orgId)
    .where('addon_id', '=', addonId)
    .where('effective_at', '<=', at)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { price: row.base_price, revision: row.revision }
}

type RevisionRow = {
  addon_id: string
  revision: bigint
  effective_at: Temporal.Instant
  base_price: bigint
  included_units: string | null
  overage_rate: bigint | null
  credit_cost: bigint | null
  consumption_model: AddonModel
  feature_id: string
  code: string
  name: string
  type: FeatureType
  unit_name: string | null
}

function historyOf(histories: ReadonlyMap<string, AddonHistory>, addonId: string): AddonHistory {
  const history = histories.get(addonId)
  assert(history, `add-on ${addonId} has a first state`)
  return history
}

function stateOf(row: RevisionRow): TermsState {
  const includedUnits = row.included_units === null ? null : parseQuantity(row.included_units)
  assert(includedUnits !== undefined, 'a stored amount is a quantity')
  const feature = {
    featureId: row.feature_id,
    code: row.code,
    name: row.name,
    type: row.type,
    unitName: row.unit_name,
  }
  const terms = { basePrice: row.base_price, includedUnits, overageRate: row.overage_rate, creditCost: row.credit_cost }
  return { revision: row.revision, effectiveAt: row.effective_at, terms: termsOfAddon(feature, terms) }
}
