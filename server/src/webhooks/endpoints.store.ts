import { type Selectable, sql } from 'kysely'
import { fanOutLock } from '#database/advisory-locks.ts'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { WebhookEndpointTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Audience, PreviousSecret } from '#webhooks/endpoint.ts'

type Row = Selectable<WebhookEndpointTable>

/** An endpoint; its secrets are sealed, those before the newest first. */
export type EndpointRecord = Omit<RecordOf<Row>, 'previousSecrets'> & {
  readonly previousSecrets: readonly PreviousSecret[]
}

function recordOf<Found extends Row>(row: Found) {
  return { ...fromRow(row), previousSecrets: row.previous_secrets as PreviousSecret[] }
}

export type NewEndpoint = Pick<EndpointRecord, 'id' | 'url' | 'events' | 'description' | 'apiVersion' | 'secret'>

/**
 * Waits for whoever finds out whom to tell of this side's events, and keeps others from it until the transaction ends: what an
 * endpoint listens to changes between two events, never in the middle of one.
 */
export async function lockFanOut(tx: Tx, orgId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${fanOutLock}::int, hashtext(${orgId}))`.execute(tx)
}

/** The same without waiting; false when somebody has it. */
export async function tryLockFanOut(tx: Tx, orgId: string): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(${fanOutLock}::int, hashtext(${orgId})) as locked`.execute(tx)
  return rows[0]?.locked ?? false
}

/** A position between everything recorded so far and everything recorded from now on. */
export async function nextPosition(tx: Tx): Promise<bigint> {
  const { rows } = await sql<{ position: bigint }>`
    select nextval(pg_get_serial_sequence('event', 'position')) as position`.execute(tx)
  return rows[0]?.position ?? 0n
}

export async function insertEndpoint(
  tx: Tx,
  orgId: string,
  endpoint: NewEndpoint,
  { position, now }: { readonly position: bigint; readonly now: Temporal.Instant },
): Promise<EndpointRecord> {
  const { id, url, events, description, apiVersion, secret } = endpoint
  const row = await tx
    .insertInto('webhook_endpoint')
    .values({
      org_id: orgId,
      id,
      url,
      events: [...events],
      description,
      api_version: apiVersion,
      secret,
      since_position: position,
      matched_position: position,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return recordOf(row)
}

function ofSide(db: Db, orgId: string) {
  return db.selectFrom('webhook_endpoint').selectAll().where('org_id', '=', orgId).where('deleted_at', 'is', null)
}

export async function findEndpoint(db: Db, orgId: string, id: string): Promise<EndpointRecord | undefined> {
  const row = await ofSide(db, orgId).where('id', '=', id).executeTakeFirst()
  return row && recordOf(row)
}

/** Locks an endpoint for a change. */
export async function lockEndpoint(tx: Tx, orgId: string, id: string): Promise<EndpointRecord | undefined> {
  const row = await ofSide(tx, orgId).where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
  return row && recordOf(row)
}

/** Newest first, those after the id `after`. */
export async function listEndpoints(
  db: Db,
  orgId: string,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<EndpointRecord[]> {
  let query = ofSide(db, orgId)
  if (page.after !== undefined) query = query.where('id', '<', page.after)
  return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(recordOf)
}

export async function countEndpoints(tx: Tx, orgId: string): Promise<number> {
  const row = await tx
    .selectFrom('webhook_endpoint')
    .select((expression) => expression.fn.countAll<bigint>().as('count'))
    .where('org_id', '=', orgId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export type EndpointChanges = {
  readonly [Field in
    | 'url'
    | 'events'
    | 'description'
    | 'isActive'
    | 'apiVersion'
    | 'secret'
    | 'previousSecrets'
    | 'sincePosition'
    | 'matchedPosition'
    | 'failedInARow'
    | 'dueAt'
    | 'deletedAt']?: EndpointRecord[Field] | undefined
}

export async function updateEndpoint(
  tx: Tx,
  orgId: string,
  id: string,
  changes: EndpointChanges,
  now: Temporal.Instant,
): Promise<EndpointRecord> {
  const row = await tx
    .updateTable('webhook_endpoint')
    .set({
      url: changes.url,
      events: changes.events && [...changes.events],
      description: changes.description,
      is_active: changes.isActive,
      api_version: changes.apiVersion,
      secret: changes.secret,
      previous_secrets: changes.previousSecrets && JSON.stringify(changes.previousSecrets),
      since_position: changes.sincePosition,
      matched_position: changes.matchedPosition,
      failed_in_a_row: changes.failedInARow,
      due_at: changes.dueAt,
      deleted_at: changes.deletedAt,
      updated_at: now,
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return recordOf(row)
}

/** The sealed secrets of an endpoint, deleted or not. */
export type SealedSecrets = Pick<EndpointRecord, 'orgId' | 'id' | 'secret' | 'previousSecrets'>

/** The secrets of every endpoint of every side, locked. */
export async function lockAllSecrets(tx: Tx): Promise<SealedSecrets[]> {
  const rows = await tx
    .selectFrom('webhook_endpoint')
    .select(['org_id', 'id', 'secret', 'previous_secrets'])
    .orderBy('org_id')
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return rows.map((row) => ({ ...fromRow(row), previousSecrets: row.previous_secrets as PreviousSecret[] }))
}

/** The same secrets, sealed anew. */
export async function updateSecrets(tx: Tx, { orgId, id, secret, previousSecrets }: SealedSecrets): Promise<void> {
  await tx
    .updateTable('webhook_endpoint')
    .set({ secret, previous_secrets: JSON.stringify(previousSecrets) })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** Who may be told of a side's events. */
export async function findAudience(tx: Tx, orgId: string): Promise<Audience[]> {
  const rows = await tx
    .selectFrom('webhook_endpoint')
    .select(['id', 'events', 'since_position'])
    .where('org_id', '=', orgId)
    .where('is_active', '=', true)
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** Whether anybody listens to each single use. It changes with the side's version only. */
export async function isUsageListenedTo(db: Db, orgId: string): Promise<boolean> {
  const row = await db
    .selectFrom('webhook_endpoint')
    .select('id')
    .where('org_id', '=', orgId)
    .where('is_active', '=', true)
    .where(sql<boolean>`'usage.recorded' = any(events)`)
    .executeTakeFirst()
  return row !== undefined
}

/** Something waits for these endpoints now. */
export async function wakeEndpoints(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
  now: Temporal.Instant,
): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update webhook_endpoint endpoint set due_at = least(coalesce(endpoint.due_at, ${now}), ${now})
    from (
      select id from webhook_endpoint where org_id = ${orgId} and id = any(${[...ids]}::text[]) order by id for no key update
    ) woken
    where endpoint.org_id = ${orgId} and endpoint.id = woken.id`.execute(tx)
}

/** An endpoint that this process delivers to, with what the envelope says of its side. */
export type LeasedEndpoint = EndpointRecord & {
  readonly organisationId: string
  readonly mode: 'live' | 'sandbox'
}

/** Who delivers, and for how long nobody else does. */
export type Lease = { readonly holder: string; readonly now: Temporal.Instant; readonly until: Temporal.Instant }

/** Takes endpoints whose deliveries are due and which nobody delivers to, or whose holder has not been heard of any more. */
export async function takeLeases(
  db: Db,
  { holder, now, until }: Lease,
  { most, without }: { readonly most: number; readonly without: readonly string[] },
): Promise<LeasedEndpoint[]> {
  const { rows } = await sql<Row & { organisation_id: string; mode: 'live' | 'sandbox' }>`
    update webhook_endpoint endpoint set lease = ${holder}, leased_until = ${until}
    from (
      select org_id, id from webhook_endpoint
      where due_at <= ${now} and (leased_until is null or leased_until < ${now}) and id <> all(${[...without]}::text[])
      order by due_at limit ${most} for no key update skip locked
    ) due join side on side.org_id = due.org_id
    where endpoint.org_id = due.org_id and endpoint.id = due.id
    returning endpoint.*, side.organisation_id, side.mode`.execute(db)
  return rows.map(recordOf)
}

/** Keeps a lease, and gives the endpoint as it is now; undefined when somebody else has it. */
export async function renewLease(
  db: Db,
  { orgId, id }: Pick<EndpointRecord, 'orgId' | 'id'>,
  { holder, until }: Lease,
): Promise<EndpointRecord | undefined> {
  const row = await db
    .updateTable('webhook_endpoint')
    .set({ leased_until: until })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('lease', '=', holder)
    .returningAll()
    .executeTakeFirst()
  return row && recordOf(row)
}

/**
 * Gives a lease back and says when the endpoint is due next. The row is locked before it is looked at what waits: whoever adds
 * something wakes the endpoint under the same lock, so that nothing is slept through.
 */
export async function releaseLease(
  tx: Tx,
  { orgId, id }: Pick<EndpointRecord, 'orgId' | 'id'>,
  holder: string,
): Promise<void> {
  const held = await tx
    .selectFrom('webhook_endpoint')
    .select('id')
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('lease', '=', holder)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!held) return
  await sql`
    update webhook_endpoint set lease = null, leased_until = null, due_at = (
      select min(next_attempt_at) from webhook_delivery
      where org_id = ${orgId} and endpoint_id = ${id} and state = 'waiting'
    )
    where org_id = ${orgId} and id = ${id}`.execute(tx)
}

/** Forgets secrets of before rotations that are not signed with any more. */
export async function forgetSecrets(db: Db, now: Temporal.Instant): Promise<void> {
  await sql`
    update webhook_endpoint endpoint set previous_secrets = (
      select coalesce(jsonb_agg(one order by place), '[]') from jsonb_array_elements(endpoint.previous_secrets) with ordinality
        as previous (one, place)
      where (one ->> 'until')::timestamptz > ${now}
    )
    where exists (
      select from jsonb_array_elements(endpoint.previous_secrets) one where (one ->> 'until')::timestamptz <= ${now}
    )`.execute(db)
}

export async function noteFailures(tx: Tx, orgId: string, id: string, failedInARow: number): Promise<void> {
  await tx
    .updateTable('webhook_endpoint')
    .set({ failed_in_a_row: failedInARow })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}
