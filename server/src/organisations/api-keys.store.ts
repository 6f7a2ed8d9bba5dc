import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { ApiKeyTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { type Org, orgOf } from '#organisations/org.ts'

/** A key without what opens the door. */
export type ApiKeyRecord = Omit<RecordOf<Selectable<ApiKeyTable>>, 'orgId' | 'digest' | 'deletedAt'>

export type NewApiKey = {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly digest: Buffer
  readonly expiresAt: Temporal.Instant | null
}

/** The side and key that a digest opens; undefined when it is unknown or was deleted. One round trip. */
export async function findKeyOwner(
  db: Db,
  digest: Buffer,
): Promise<{ org: Org; keyId: string; expiresAt: Temporal.Instant | null } | undefined> {
  const row = await db
    .selectFrom('api_key_digest')
    .innerJoin('side', 'side.org_id', 'api_key_digest.org_id')
    .innerJoin('api_key', (join) =>
      join.onRef('api_key.org_id', '=', 'api_key_digest.org_id').onRef('api_key.id', '=', 'api_key_digest.key_id'),
    )
    .selectAll('side')
    .select(['api_key.id as key_id', 'api_key.expires_at'])
    .where('api_key_digest.digest', '=', digest)
    .where('api_key.deleted_at', 'is', null)
    .executeTakeFirst()
  return row && { org: orgOf(row), keyId: row.key_id, expiresAt: row.expires_at }
}

/** Newest first, those after `after` (a key's id) when it is given. Deleted keys are gone, expired ones are shown. */
export async function listApiKeys(
  db: Db,
  orgId: string,
  limit: number,
  after: string | undefined,
): Promise<ApiKeyRecord[]> {
  let query = db
    .selectFrom('api_key')
    .select(['id', 'name', 'prefix', 'expires_at', 'last_used_at', 'created_at'])
    .where('org_id', '=', orgId)
    .where('deleted_at', 'is', null)
  if (after !== undefined) query = query.where('id', '<', after)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return rows.map(fromRow)
}

/** Writes a key and its digest; the key itself is never stored. */
export async function insertApiKey(tx: Tx, orgId: string, key: NewApiKey, now: Temporal.Instant): Promise<void> {
  const { id, name, prefix, digest, expiresAt } = key
  await tx
    .insertInto('api_key')
    .values({ org_id: orgId, id, name, prefix, digest, expires_at: expiresAt, created_at: now })
    .execute()
  await tx.insertInto('api_key_digest').values({ digest, org_id: orgId, key_id: id }).execute()
}

/** Takes a key's digest away and keeps the rest as a record. False when the side has no such key. */
export async function deleteApiKeyRow(tx: Tx, orgId: string, id: string, now: Temporal.Instant): Promise<boolean> {
  const deleted = await tx
    .updateTable('api_key')
    .set({ deleted_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returning('digest')
    .executeTakeFirst()
  if (!deleted) return false
  await tx.deleteFrom('api_key_digest').where('digest', '=', deleted.digest).execute()
  return true
}

/** Whether a side had a key with this digest that was deleted. */
export async function wasDeleted(db: Db, orgId: string, digest: Buffer): Promise<boolean> {
  const row = await db
    .selectFrom('api_key')
    .select('id')
    .where('org_id', '=', orgId)
    .where('digest', '=', digest)
    .where('deleted_at', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}

export type KeyUse = { readonly orgId: string; readonly keyId: string; readonly at: Temporal.Instant }

/** Notes when keys were last used, in one statement; a row is written at most once a minute. */
export async function noteKeyUses(db: Db, uses: readonly KeyUse[]): Promise<void> {
  if (uses.length === 0) return
  await sql`
    update api_key key set last_used_at = used.at
    from unnest(
      ${uses.map((use) => use.orgId)}::text[],
      ${uses.map((use) => use.keyId)}::text[],
      ${uses.map((use) => use.at)}::timestamptz[]
    ) as used (org_id, key_id, at)
    where key.org_id = used.org_id and key.id = used.key_id
      and (key.last_used_at is null or key.last_used_at < used.at - interval '1 minute')`.execute(db)
}
