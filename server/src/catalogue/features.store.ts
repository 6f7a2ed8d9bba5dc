import type { Changes } from '#catalogue/changes.ts'
import type { Feature } from '#catalogue/feature.ts'
import { fromRow } from '#database/records.ts'
import type { Db, Tx } from '#database/transaction.ts'

export type NewFeature = Omit<Feature, 'createdAt' | 'updatedAt'>
export type FeatureChanges = Changes<Pick<Feature, 'name' | 'description' | 'unitName'>>

/** Writes a feature. Its code must be free among the features that are not deleted. */
export async function insertFeature(
  tx: Tx,
  orgId: string,
  feature: NewFeature,
  now: Temporal.Instant,
): Promise<Feature> {
  const row = await tx
    .insertInto('feature')
    .values({
      org_id: orgId,
      id: feature.id,
      code: feature.code,
      name: feature.name,
      type: feature.type,
      description: feature.description,
      unit_name: feature.unitName,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** A feature that is not deleted, by public id or code. */
export async function findFeature(db: Db, orgId: string, idOrCode: string): Promise<Feature | undefined> {
  const rows = await liveFeatures(db, orgId)
    .where((is) => is.or([is('id', '=', idOrCode), is('code', '=', idOrCode)]))
    .execute()
  // A code may be written like an id: the id of another feature goes first.
  const row = rows.find(({ id }) => id === idOrCode) ?? rows[0]
  return row && fromRow(row)
}

/** A feature that is not deleted, by code. */
export async function findFeatureByCode(db: Db, orgId: string, code: string): Promise<Feature | undefined> {
  const row = await liveFeatures(db, orgId).where('code', '=', code).executeTakeFirst()
  return row && fromRow(row)
}

/** Features that are not deleted, by code. Codes that nobody has are absent. */
export async function findFeaturesByCode(
  db: Db,
  orgId: string,
  codes: readonly string[],
): Promise<Map<string, Feature>> {
  if (codes.length === 0) return new Map()
  const rows = await liveFeatures(db, orgId).where('code', 'in', codes).execute()
  return new Map(rows.map((row) => [row.code, fromRow(row)]))
}

/** Features that are not deleted, by id. Ids that nobody has are absent. */
export async function findFeaturesById(db: Db, orgId: string, ids: readonly string[]): Promise<Map<string, Feature>> {
  if (ids.length === 0) return new Map()
  const rows = await liveFeatures(db, orgId).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, fromRow(row)]))
}

/** Features that are not deleted, newest first, `limit` at most, those made before the id `after`. */
export async function listFeatures(
  db: Db,
  orgId: string,
  page: { limit: number; after?: string | undefined },
): Promise<Feature[]> {
  const { after } = page
  const rows = await liveFeatures(db, orgId)
    .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map((row) => fromRow(row))
}

/** Changes what may change of a feature. */
export async function updateFeature(
  tx: Tx,
  orgId: string,
  id: string,
  changes: FeatureChanges,
  now: Temporal.Instant,
): Promise<Feature> {
  const row = await tx
    .updateTable('feature')
    .set({ name: changes.name, description: changes.description, unit_name: changes.unitName, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Takes a feature out of the catalogue and frees its code; the row stays for what was metered and billed with it. */
export async function deleteFeature(tx: Tx, orgId: string, id: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('feature')
    .set({ deleted_at: now, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

function liveFeatures(db: Db, orgId: string) {
  return db.selectFrom('feature').selectAll().where('org_id', '=', orgId).where('deleted_at', 'is', null)
}
