import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { WebhookReplayTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { PendingEvent } from '#webhooks/endpoint.ts'

export type ReplayRecord = RecordOf<Selectable<WebhookReplayTable>>

export type NewReplay = Pick<
  ReplayRecord,
  'id' | 'endpointId' | 'startsAt' | 'endsAt' | 'events' | 'lastPosition' | 'total'
>

/** What a replay is about: events of these types that happened in a time, up to a position. */
export type ReplayRange = Pick<ReplayRecord, 'startsAt' | 'endsAt' | 'lastPosition'> & {
  readonly types: readonly string[]
}

function within(orgId: string, { startsAt, endsAt, lastPosition, types }: ReplayRange) {
  return sql`org_id = ${orgId} and occurred_at >= ${startsAt} and occurred_at < ${endsAt}
    and position <= ${lastPosition} and type = any(${[...types]}::text[])`
}

export async function countEvents(tx: Tx, orgId: string, range: ReplayRange): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from event where ${within(orgId, range)}`.execute(tx)
  return Number(rows[0]?.count ?? 0n)
}

/** The next events of a replay, in order. */
export async function findReplayedEvents(
  tx: Tx,
  orgId: string,
  range: ReplayRange,
  { after, most }: { readonly after: bigint; readonly most: number },
): Promise<PendingEvent[]> {
  const { rows } = await sql<{ id: string; type: string; customer_id: string | null; position: bigint }>`
    select id, type, customer_id, position from event
    where ${within(orgId, range)} and position > ${after} order by position limit ${most}`.execute(tx)
  return rows.map(fromRow)
}

export async function insertReplay(
  tx: Tx,
  orgId: string,
  replay: NewReplay,
  now: Temporal.Instant,
): Promise<ReplayRecord> {
  const { id, endpointId, startsAt, endsAt, events, lastPosition, total } = replay
  const row = await tx
    .insertInto('webhook_replay')
    .values({
      org_id: orgId,
      id,
      endpoint_id: endpointId,
      starts_at: startsAt,
      ends_at: endsAt,
      events: events && [...events],
      state: 'queueing',
      total,
      last_position: lastPosition,
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

export async function findReplay(
  db: Db,
  orgId: string,
  { endpointId, id }: { readonly endpointId: string; readonly id: string },
): Promise<ReplayRecord | undefined> {
  const row = await db
    .selectFrom('webhook_replay')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('endpoint_id', '=', endpointId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The oldest replay of all sides that still has deliveries to write. */
export async function findQueueing(tx: Tx): Promise<ReplayRecord | undefined> {
  const row = await tx
    .selectFrom('webhook_replay')
    .selectAll()
    .where('state', '=', 'queueing')
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The replay, locked, if it still has deliveries to write. Whoever changes one has locked its endpoint before. */
export async function lockQueueing(
  tx: Tx,
  { orgId, id }: Pick<ReplayRecord, 'orgId' | 'id'>,
): Promise<ReplayRecord | undefined> {
  const row = await tx
    .selectFrom('webhook_replay')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('state', '=', 'queueing')
    .forUpdate()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** So many deliveries more were written, up to a position; `isDone`: those were the last, and there are no others to be told. */
export async function noteQueued(
  tx: Tx,
  { orgId, id }: Pick<ReplayRecord, 'orgId' | 'id'>,
  { added, reached, isDone }: { readonly added: number; readonly reached: bigint; readonly isDone: boolean },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    update webhook_replay set queued = queued + ${added}::int, total = case when ${isDone}
        then queued + ${added}::int else greatest(total, queued + ${added}::int) end,
      reached_position = ${reached}, state = case when ${isDone} then 'queued' else state end,
      finished_at = case when ${isDone} then ${now}::timestamptz end
    where org_id = ${orgId} and id = ${id}`.execute(tx)
}

/** Gives up on the replays of an endpoint that still have deliveries to write. */
export async function cancelReplays(tx: Tx, orgId: string, endpointId: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('webhook_replay')
    .set({ state: 'canceled', finished_at: now })
    .where('org_id', '=', orgId)
    .where('endpoint_id', '=', endpointId)
    .where('state', '=', 'queueing')
    .execute()
}
