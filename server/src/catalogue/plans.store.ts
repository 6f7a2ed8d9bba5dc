import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Changes } from '#catalogue/changes.ts'
import type { Plan } from '#catalogue/plan.ts'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'

export type NewPlan = Omit<Plan, 'deletedAt' | 'createdAt' | 'updatedAt'>
export type PlanChanges = Changes<Pick<Plan, 'name' | 'description' | 'metadata' | 'isPublic' | 'isDefault'>>

/** Writes a plan. Its code must be free among the plans that are not deleted. */
export async function insertPlan(tx: Tx, orgId: string, plan: NewPlan, now: Temporal.Instant): Promise<Plan> {
  const row = await tx
    .insertInto('plan')
    .values({
      org_id: orgId,
      id: plan.id,
      code: plan.code,
      name: plan.name,
      description: plan.description,
      consumption_model: plan.consumptionModel,
      is_public: plan.isPublic,
      is_default: plan.isDefault,
      is_free: plan.isFree,
      block_on_exhaustion: plan.blockOnExhaustion,
      metadata: plan.metadata && JSON.stringify(plan.metadata),
      plan_group_id: plan.planGroupId,
      sort_order: plan.sortOrder,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return planOf(row)
}

/**
 * A plan by public id or code, private ones too. With `deleted`, a public id finds the plan after it was deleted as well:
 * live subscriptions keep theirs.
 */
export async function findPlan(
  db: Db,
  orgId: string,
  idOrCode: string,
  options: { deleted?: boolean } = {},
): Promise<Plan | undefined> {
  const rows = await db
    .selectFrom('plan')
    .selectAll()
    .where('org_id', '=', orgId)
    .where((is) =>
      is.or([
        is.and([is('id', '=', idOrCode), ...(options.deleted ? [] : [is('deleted_at', 'is', null)])]),
        is.and([is('code', '=', idOrCode), is('deleted_at', 'is', null)]),
      ]),
    )
    .execute()
  // A code may be written like an id: the id of another plan goes first.
  const row = rows.find(({ id }) => id === idOrCode) ?? rows[0]
  return row && planOf(row)
}

/** A plan that is not deleted, by code. */
export async function findPlanByCode(db: Db, orgId: string, code: string): Promise<Plan | undefined> {
  const row = await db
    .selectFrom('plan')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('code', '=', code)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row && planOf(row)
}

/** Plans by public id, deleted ones too. Unknown ids are absent. */
export async function findPlansById(db: Db, orgId: string, ids: readonly string[]): Promise<Map<string, Plan>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('plan').selectAll().where('org_id', '=', orgId).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, planOf(row)]))
}

export type PlanPage = { readonly includePrivate: boolean; readonly limit: number; readonly after?: string | undefined }

// What every list of plans is ordered by; plans without a group come last.
const place = (plan: string) => {
  const group = sql.ref(`${plan}.plan_group_id`)
  return sql`${group} is null, coalesce(${group}, ''), ${sql.ref(`${plan}.sort_order`)}, ${sql.ref(`${plan}.id`)}`
}

/** Plans that are not deleted, by group, sort order and creation; those after the plan `after`. */
export async function listPlans(db: Db, orgId: string, page: PlanPage): Promise<Plan[]> {
  const { rows } = await sql<Selectable<Tables['plan']>>`
    select plan.* from plan
    where plan.org_id = ${orgId} and plan.deleted_at is null
      and (plan.is_public or ${page.includePrivate})
      and (${page.after ?? null}::text is null or (${place('plan')}) > (
        select ${place('last')} from plan last where last.org_id = ${orgId} and last.id = ${page.after ?? null}
      ))
    order by ${place('plan')}
    limit ${page.limit}`.execute(db)
  return rows.map(planOf)
}

/** Changes what may change of a plan. */
export async function updatePlan(
  tx: Tx,
  orgId: string,
  id: string,
  changes: PlanChanges,
  now: Temporal.Instant,
): Promise<Plan> {
  const row = await tx
    .updateTable('plan')
    .set({
      name: changes.name,
      description: changes.description,
      metadata: changes.metadata && JSON.stringify(changes.metadata),
      is_public: changes.isPublic,
      is_default: changes.isDefault,
      updated_at: now,
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return planOf(row)
}

/** Makes way for another default plan. */
export async function unsetDefaultPlan(tx: Tx, orgId: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('plan')
    .set({ is_default: false, updated_at: now })
    .where('org_id', '=', orgId)
    .where('is_default', '=', true)
    .where('deleted_at', 'is', null)
    .execute()
}

/** Takes a plan out of the catalogue and frees its code; subscriptions keep it. */
export async function deletePlan(tx: Tx, orgId: string, id: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('plan')
    .set({ deleted_at: now, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** The plans of some groups that are not deleted, lowest first, by group id. Groups without plans are absent. */
export async function findGroupedPlans(
  db: Db,
  orgId: string,
  groupIds: readonly string[],
): Promise<Map<string, Plan[]>> {
  if (groupIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('plan')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('plan_group_id', 'in', groupIds)
    .where('deleted_at', 'is', null)
    .orderBy('sort_order')
    .orderBy('id')
    .execute()
  return Map.groupBy(rows.map(planOf), (plan) => plan.planGroupId ?? '')
}

/** Puts a plan into a group at a place, or with null out of its group. */
export async function placePlan(
  tx: Tx,
  orgId: string,
  id: string,
  place: { groupId: string; sortOrder: number } | null,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('plan')
    .set({ plan_group_id: place?.groupId ?? null, sort_order: place?.sortOrder ?? 0, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** Gives plans the sort orders 0, 1, 2, … in the order of their ids here. */
export async function reorderPlans(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    update plan set sort_order = place.number - 1, updated_at = ${now}
    from unnest(${[...ids]}::text[]) with ordinality as place (id, number)
    where plan.org_id = ${orgId} and plan.id = place.id`.execute(tx)
}

/** Unlinks every plan of a group, deleted ones too. */
export async function emptyGroup(tx: Tx, orgId: string, groupId: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('plan')
    .set({ plan_group_id: null, sort_order: 0, updated_at: now })
    .where('org_id', '=', orgId)
    .where('plan_group_id', '=', groupId)
    .execute()
}

function planOf(row: Selectable<Tables['plan']>): Plan {
  const record: RecordOf<Selectable<Tables['plan']>> = fromRow(row)
  // Only whole objects are ever written to the column.
  return { ...record, metadata: record.metadata as Plan['metadata'] }
}
