import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { EventTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { PendingEvent } from '#webhooks/endpoint.ts'

export type EventRecord = RecordOf<Selectable<EventTable>>

export type EventFilter = {
  readonly type?: string | undefined
  /** Public id. */
  readonly customerId?: string | undefined
}

/** Sides with events that nobody has been told of. */
export async function findPendingSides(db: Db, most: number): Promise<string[]> {
  const { rows } = await sql<{ org_id: string }>`
    with recursive found as (
      (select org_id from event where pending order by org_id limit 1)
      union all
      select (select event.org_id from event where pending and event.org_id > found.org_id order by event.org_id limit 1)
      from found where found.org_id is not null
    )
    select org_id from found where org_id is not null limit ${most}`.execute(db)
  return rows.map(({ org_id }) => org_id)
}

/** The oldest events of a side that nobody has been told of, in order. */
export async function findPendingEvents(tx: Tx, orgId: string, most: number): Promise<PendingEvent[]> {
  const rows = await tx
    .selectFrom('event')
    .select(['id', 'type', 'customer_id', 'position'])
    .where('org_id', '=', orgId)
    .where('pending', '=', true)
    .orderBy('position')
    .limit(most)
    .execute()
  return rows.map(fromRow)
}

/** It is settled whom these events are told to. */
export async function markDispatched(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('event')
    .set({ pending: false, dispatched_at: now })
    .where('org_id', '=', orgId)
    .where(sql<boolean>`id = any(${[...ids]}::text[])`)
    .execute()
}

export async function findEvent(db: Db, orgId: string, id: string): Promise<EventRecord | undefined> {
  const row = await db
    .selectFrom('event')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Newest first, those after the id `after`. */
export async function listEvents(
  db: Db,
  orgId: string,
  { type, customerId }: EventFilter,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<EventRecord[]> {
  let query = db.selectFrom('event').selectAll().where('org_id', '=', orgId)
  if (type !== undefined) query = query.where('type', '=', type)
  if (customerId !== undefined) query = query.where('customer_id', '=', customerId)
  if (page.after !== undefined) query = query.where('id', '<', page.after)
  return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(fromRow)
}

/** Events with an id behind `after`, in the order they were recorded: for whoever follows a side. */
export async function findEventsSince(db: Db, orgId: string, after: string, most: number): Promise<EventRecord[]> {
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(most)
    .execute()
  return rows.map(fromRow)
}

/** Those of some invoices of which it was told that a charge failed. */
export async function findFailedInvoices(tx: Tx, orgId: string, invoiceIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select distinct data ->> 'invoiceId' as id from event
    where org_id = ${orgId} and type = 'payment.failed' and data ->> 'invoiceId' = any(${[...invoiceIds]}::text[])`.execute(
    tx,
  )
  return new Set(rows.map(({ id }) => id))
}

/** Forgets single uses that were told long ago; the usage itself stays. */
export async function deleteOldUsage(db: Db, before: Temporal.Instant): Promise<void> {
  await db.deleteFrom('event').where('type', '=', 'usage.recorded').where('dispatched_at', '<', before).execute()
}
