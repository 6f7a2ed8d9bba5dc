import assert from 'node:assert/strict'
import { type Selectable, sql } from 'kysely'
import type { Addon, AddonSettings } from '#catalogue/addon.ts'
import type { FeatureType } from '#catalogue/feature.ts'
import { fromRow } from '#database/records.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { parseQuantity, quantityToText } from '#money/quantity.ts'

/** An add-on with the feature it gives. */
export type NamedAddon = Addon & {
  readonly featureCode: string
  readonly featureName: string
  readonly featureType: FeatureType
}
export type NewAddon = Omit<Addon, 'deletedAt' | 'createdAt' | 'updatedAt'>

type Row = Selectable<Tables['addon']> & { feature_code: string; feature_name: string; feature_type: FeatureType }

/** Writes an add-on with its first revision. Its slug and its feature must be free among those that are not deleted. */
export async function insertAddon(tx: Tx, orgId: string, addon: NewAddon, now: Temporal.Instant): Promise<void> {
  await tx
    .insertInto('addon')
    .values({
      org_id: orgId,
      id: addon.id,
      feature_id: addon.featureId,
      slug: addon.slug,
      consumption_model: addon.consumptionModel,
      ...columnsOf(addon),
      revision: addon.revision,
      created_at: now,
      updated_at: now,
    })
    .execute()
  await keepRevision(tx, orgId, addon, addon.revision, now)
}

/** Replaces what may change of an add-on. `revision` is the side's version that the change moved to. */
export async function updateAddon(
  tx: Tx,
  orgId: string,
  addon: AddonSettings & Pick<Addon, 'id'>,
  revision: bigint,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('addon')
    .set({ ...columnsOf(addon), revision, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', addon.id)
    .execute()
  await keepRevision(tx, orgId, addon, revision, now)
}

/** Takes an add-on out of the catalogue and frees its slug and its feature; rows and revisions stay for what was billed. */
export async function deleteAddon(tx: Tx, orgId: string, id: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('addon')
    .set({ deleted_at: now, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** An add-on that is not deleted, by public id or slug. */
export async function findAddon(db: Db, orgId: string, idOrSlug: string): Promise<NamedAddon | undefined> {
  const rows = await named(db, orgId)
    .where('addon.deleted_at', 'is', null)
    .where((is) => is.or([is('addon.id', '=', idOrSlug), is('addon.slug', '=', idOrSlug)]))
    .execute()
  const row = rows[0]
  return row && addonOf(row)
}

/** Add-ons by public id, also after they were deleted. */
export async function findAddonsById(db: Db, orgId: string, ids: readonly string[]): Promise<Map<string, NamedAddon>> {
  if (ids.length === 0) return new Map()
  const rows = await named(db, orgId)
    .where('addon.id', 'in', [...ids])
    .execute()
  return new Map(rows.map((row) => [row.id, addonOf(row)]))
}

/** The add-on of a feature, if one is not deleted. */
export async function findAddonOfFeature(db: Db, orgId: string, featureId: string): Promise<NamedAddon | undefined> {
  const row = await named(db, orgId)
    .where('addon.deleted_at', 'is', null)
    .where('addon.feature_id', '=', featureId)
    .executeTakeFirst()
  return row && addonOf(row)
}

/** The slugs in use that begin with these letters. */
export async function takenSlugs(db: Db, orgId: string, beginning: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('addon')
    .select('slug')
    .where('org_id', '=', orgId)
    .where('deleted_at', 'is', null)
    .where(sql<boolean>`starts_with(slug, ${beginning})`)
    .execute()
  return new Set(rows.map(({ slug }) => slug))
}

/** Add-ons that are not deleted, newest first, those made before the id `after`. */
export async function listAddons(
  db: Db,
  orgId: string,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<NamedAddon[]> {
  let query = named(db, orgId).where('addon.deleted_at', 'is', null)
  if (page.after !== undefined) query = query.where('addon.id', '<', page.after)
  return (await query.orderBy('addon.id', 'desc').limit(page.limit).execute()).map(addonOf)
}

/**
 * Locks an add-on so that it cannot be deleted until the transaction ends: call it where a subscription is about to refer to
 * it. False when it is deleted.
 */
export async function holdAddon(tx: Tx, orgId: string, id: string): Promise<boolean> {
  const row = await tx
    .selectFrom('addon')
    .select('id')
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  return row !== undefined
}

/** Locks an add-on to delete it. */
export async function lockAddon(tx: Tx, orgId: string, id: string): Promise<void> {
  await tx.selectFrom('addon').select('id').where('org_id', '=', orgId).where('id', '=', id).forUpdate().execute()
}

async function keepRevision(
  tx: Tx,
  orgId: string,
  addon: AddonSettings & Pick<Addon, 'id'>,
  revision: bigint,
  now: Temporal.Instant,
): Promise<void> {
  const { base_price, included_units, overage_rate, credit_cost } = columnsOf(addon)
  await tx
    .insertInto('addon_revision')
    .values({
      org_id: orgId,
      addon_id: addon.id,
      revision,
      effective_at: now,
      base_price,
      included_units,
      overage_rate,
      credit_cost,
    })
    .execute()
}

function columnsOf(settings: AddonSettings) {
  const { name, description, basePrice, includedUnits, overageRate, creditCost } = settings
  return {
    name,
    description,
    base_price: basePrice,
    included_units: includedUnits === null ? null : quantityToText(includedUnits),
    overage_rate: overageRate,
    credit_cost: creditCost,
  }
}

function named(db: Db, orgId: string) {
  return db
    .selectFrom('addon')
    .innerJoin('feature', (join) =>
      join.onRef('feature.org_id', '=', 'addon.org_id').onRef('feature.id', '=', 'addon.feature_id'),
    )
    .selectAll('addon')
    .select(['feature.code as feature_code', 'feature.name as feature_name', 'feature.type as feature_type'])
    .where('addon.org_id', '=', orgId)
}

function addonOf(row: Row): NamedAddon {
  const { orgId: _org, includedUnits: text, ...addon } = fromRow(row)
  const includedUnits = text === null ? null : parseQuantity(text)
  assert(includedUnits !== undefined, 'a stored amount is a quantity')
  return { ...addon, includedUnits }
}
