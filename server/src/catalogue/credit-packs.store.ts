import type { Selectable } from 'kysely'
import type { Changes } from '#catalogue/changes.ts'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'

type Row = Selectable<Tables['credit_pack']>
/** `price` in minor units of USD. */
export type CreditPack = Omit<RecordOf<Row>, 'orgId'>
export type PackSettings = Pick<CreditPack, 'name' | 'description' | 'credits' | 'price' | 'isActive'>

export async function insertPack(
  tx: Tx,
  orgId: string,
  id: string,
  settings: PackSettings,
  now: Temporal.Instant,
): Promise<CreditPack> {
  const { name, description, credits, price, isActive } = settings
  const row = await tx
    .insertInto('credit_pack')
    .values({
      org_id: orgId,
      id,
      name,
      description,
      credits,
      price,
      is_active: isActive,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** A pack that is not deleted, active or not. */
export async function findPack(db: Db, orgId: string, id: string): Promise<CreditPack | undefined> {
  const row = await livePacks(db, orgId).where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/** A pack that is not deleted, by its name in any case. */
export async function findPackByName(db: Db, orgId: string, name: string): Promise<CreditPack | undefined> {
  const row = await livePacks(db, orgId)
    .where((is) => is(is.fn<string>('lower', ['name']), '=', is.fn<string>('lower', [is.val(name)])))
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Active packs, newest first. */
export async function listActivePacks(
  db: Db,
  orgId: string,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<CreditPack[]> {
  let query = livePacks(db, orgId).where('is_active', '=', true)
  if (page.after !== undefined) query = query.where('id', '<', page.after)
  return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map((row) => fromRow(row))
}

export async function updatePack(
  tx: Tx,
  orgId: string,
  id: string,
  changes: Changes<PackSettings & Pick<CreditPack, 'deletedAt'>>,
  now: Temporal.Instant,
): Promise<CreditPack> {
  const { name, description, credits, price, isActive, deletedAt } = changes
  const row = await tx
    .updateTable('credit_pack')
    .set({
      name,
      description,
      credits,
      price,
      is_active: isActive,
      deleted_at: deletedAt,
      updated_at: now,
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

function livePacks(db: Db, orgId: string) {
  return db.selectFrom('credit_pack').selectAll().where('org_id', '=', orgId).where('deleted_at', 'is', null)
}
