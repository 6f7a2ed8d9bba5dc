import type { Changes } from '#catalogue/changes.ts'
import type { PlanGroup } from '#catalogue/plan-group.ts'
import { fromRow } from '#database/records.ts'
import type { Db, Tx } from '#database/transaction.ts'

export type NewPlanGroup = Omit<PlanGroup, 'createdAt' | 'updatedAt'>
export type PlanGroupChanges = Changes<Pick<PlanGroup, 'name' | 'description' | 'isPublic'>>

export async function insertPlanGroup(
  tx: Tx,
  orgId: string,
  group: NewPlanGroup,
  now: Temporal.Instant,
): Promise<PlanGroup> {
  const row = await tx
    .insertInto('plan_group')
    .values({
      org_id: orgId,
      id: group.id,
      name: group.name,
      description: group.description,
      is_public: group.isPublic,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** A group that is not deleted, by public id. */
export async function findPlanGroup(db: Db, orgId: string, id: string): Promise<PlanGroup | undefined> {
  const row = await liveGroups(db, orgId).where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/** Groups that are not deleted, newest first, `limit` at most, those made before the id `after`. */
export async function listPlanGroups(
  db: Db,
  orgId: string,
  page: { limit: number; after?: string | undefined },
): Promise<PlanGroup[]> {
  const { after } = page
  const rows = await liveGroups(db, orgId)
    .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map((row) => fromRow(row))
}

export async function updatePlanGroup(
  tx: Tx,
  orgId: string,
  id: string,
  changes: PlanGroupChanges,
  now: Temporal.Instant,
): Promise<PlanGroup> {
  const row = await tx
    .updateTable('plan_group')
    .set({ name: changes.name, description: changes.description, is_public: changes.isPublic, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Takes a group out of the catalogue; its plans must be unlinked. */
export async function deletePlanGroup(tx: Tx, orgId: string, id: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('plan_group')
    .set({ deleted_at: now, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

function liveGroups(db: Db, orgId: string) {
  return db.selectFrom('plan_group').selectAll().where('org_id', '=', orgId).where('deleted_at', 'is', null)
}
