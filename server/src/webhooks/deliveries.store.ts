import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { WebhookAttemptTable, WebhookDeliveryTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { DeliveryCause, DeliveryState } from '#webhooks/delivery.ts'

export type DeliveryRecord = RecordOf<Selectable<WebhookDeliveryTable>>
export type AttemptRecord = RecordOf<Selectable<WebhookAttemptTable>>

export type NewDelivery = {
  readonly id: string
  readonly endpointId: string
  readonly eventId: string
  readonly type: string
  readonly lane: string | null
  readonly position: bigint
}

export type Occasion = {
  readonly cause: DeliveryCause
  readonly replayId: string | null
  readonly now: Temporal.Instant
}

/** Writes deliveries that wait to be told, sorted by their keys. */
export async function insertDeliveries(
  tx: Tx,
  orgId: string,
  deliveries: readonly NewDelivery[],
  { cause, replayId, now }: Occasion,
): Promise<void> {
  if (deliveries.length === 0) return
  const column = (of: (delivery: NewDelivery) => string | null) => sql`${deliveries.map(of)}::text[]`
  await sql`
    insert into webhook_delivery (org_id, id, endpoint_id, event_id, type, cause, replay_id, lane, position, state,
      next_attempt_at, created_at)
    select ${orgId}, new.id, new.endpoint_id, new.event_id, new.type, ${cause}, ${replayId}::text, new.lane, new.position,
      'waiting', ${now}, ${now}
    from unnest(${column(({ id }) => id)}, ${column(({ endpointId }) => endpointId)},
      ${column(({ eventId }) => eventId)}, ${column(({ type }) => type)}, ${column(({ lane }) => lane)},
      ${deliveries.map(({ position }) => position)}::bigint[]
    ) new (id, endpoint_id, event_id, type, lane, position)
    order by new.endpoint_id, new.position`.execute(tx)
}

/** A test, which is over before it is written. */
export async function insertTest(
  tx: Tx,
  orgId: string,
  delivery: Omit<NewDelivery, 'lane' | 'position'> & { readonly state: 'delivered' | 'failed' },
  at: Temporal.Instant,
): Promise<void> {
  const { id, endpointId, eventId, type, state } = delivery
  await tx
    .insertInto('webhook_delivery')
    .values({
      org_id: orgId,
      id,
      endpoint_id: endpointId,
      event_id: eventId,
      type,
      cause: 'test',
      position: 0n,
      state,
      attempts: 1,
      created_at: at,
      finished_at: at,
    })
    .execute()
}

export async function insertAttempt(tx: Tx, attempt: AttemptRecord): Promise<void> {
  const { orgId, deliveryId, number, startedAt, durationMs, status, error, response } = attempt
  await tx
    .insertInto('webhook_attempt')
    .values({
      org_id: orgId,
      delivery_id: deliveryId,
      number,
      started_at: startedAt,
      duration_ms: durationMs,
      status,
      error,
      response,
    })
    .execute()
}

/** A delivery on its way, with the event it tells. */
export type DueDelivery = {
  readonly id: string
  readonly eventId: string
  readonly type: string
  readonly lane: string | null
  readonly attempts: number
  readonly isReplay: boolean
  readonly data: unknown
  readonly occurredAt: Temporal.Instant
}

/** How much is looked at and taken at once. A lane gives a part only: one busy customer does not hide the others. */
const looksAt = { live: 20_000, replayed: 4_000 }
const ofOneLane = 20

// Each has indexes of its own: however much of one waits, the other is found at once.
const ofKind = { live: sql`cause <> 'replay'`, replayed: sql`cause = 'replay'` }

/** What a replay tells again, or everything else. */
export type DeliveryKind = keyof typeof ofKind

/** What is due for an endpoint, of one kind and not in hand yet: first attempts in the order of their events, then retries. */
export async function findDueDeliveries(
  db: Db,
  { orgId, endpointId }: { readonly orgId: string; readonly endpointId: string },
  inHand: Iterable<string>,
  { kind, now, most }: { readonly kind: DeliveryKind; readonly now: Temporal.Instant; readonly most: number },
): Promise<DueDelivery[]> {
  const { rows } = await sql<{
    id: string
    event_id: string
    type: string
    lane: string | null
    attempts: number
    data: unknown
    occurred_at: Temporal.Instant
  }>`
    with hand as materialized (
      select id from unnest(${[...inHand]}::text[]) held (id)
    ), waiting as materialized (
      select id, event_id, type, lane, attempts, position from webhook_delivery
      where org_id = ${orgId} and endpoint_id = ${endpointId} and state = 'waiting' and attempts = 0
        and ${ofKind[kind]}
      order by position limit ${looksAt[kind]}
    ), first as (
      select * from (
        select *, row_number() over (partition by coalesce(lane, id) order by position, id) as place
        from waiting where not exists (select from hand where hand.id = waiting.id)
      ) placed where place <= ${ofOneLane} order by position, id limit ${most}
    ), again as (
      select id, event_id, type, lane, attempts, position, 0 as place from webhook_delivery
      where org_id = ${orgId} and endpoint_id = ${endpointId} and state = 'waiting' and attempts > 0
        and ${ofKind[kind]} and next_attempt_at <= ${now} and not exists (select from hand where hand.id = webhook_delivery.id)
      order by next_attempt_at limit ${most}
    )
    select due.id, due.event_id, due.type, due.lane, due.attempts, event.data, event.occurred_at
    from (select * from first union all select * from again) due
    join event on event.org_id = ${orgId} and event.id = due.event_id
    order by due.attempts > 0, due.position, due.id`.execute(db)
  return rows.map((row) => ({ ...fromRow(row), isReplay: kind === 'replayed' }))
}

/** What an attempt came to. */
export type AttemptOutcome = {
  readonly deliveryId: string
  readonly number: number
  readonly startedAt: Temporal.Instant
  readonly endedAt: Temporal.Instant
  readonly durationMs: number
  readonly status: number | null
  readonly error: string | null
  readonly response: string | null
  readonly state: 'waiting' | 'delivered' | 'failed'
  readonly nextAttemptAt: Temporal.Instant | null
}

/**
 * Writes down what attempts came to. Each counts once and only as the attempt it was: one that somebody else has made
 * meanwhile, or whose delivery was canceled, is left out. Gives the deliveries it counted for, in the order of the outcomes.
 */
export async function saveOutcomes(tx: Tx, orgId: string, outcomes: readonly AttemptOutcome[]): Promise<string[]> {
  const column = <T>(of: (outcome: AttemptOutcome) => T) => outcomes.map(of)
  const { rows } = await sql<{ id: string }>`
    with outcome as materialized (
      select * from unnest(${column(({ deliveryId }) => deliveryId)}::text[], ${column(({ number }) => number)}::int[],
        ${column(({ startedAt }) => startedAt)}::timestamptz[], ${column(({ endedAt }) => endedAt)}::timestamptz[],
        ${column(({ durationMs }) => durationMs)}::int[], ${column(({ status }) => status)}::int[],
        ${column(({ error }) => error)}::text[], ${column(({ response }) => response)}::text[],
        ${column(({ state }) => state)}::text[], ${column(({ nextAttemptAt }) => nextAttemptAt)}::timestamptz[])
      with ordinality as given (delivery_id, number, started_at, ended_at, duration_ms, status, error, response, state,
        next_attempt_at, place)
    ), counted as (
      update webhook_delivery delivery
      set attempts = outcome.number, state = outcome.state, next_attempt_at = outcome.next_attempt_at,
        finished_at = case when outcome.state <> 'waiting' then outcome.ended_at end
      from outcome
      where delivery.org_id = ${orgId} and delivery.id = outcome.delivery_id and delivery.state = 'waiting'
        and delivery.attempts = outcome.number - 1
      returning delivery.id
    ), kept as (
      insert into webhook_attempt (org_id, delivery_id, number, started_at, duration_ms, status, error, response)
      select ${orgId}, outcome.delivery_id, outcome.number, outcome.started_at, outcome.duration_ms, outcome.status,
        outcome.error, outcome.response
      from outcome join counted on counted.id = outcome.delivery_id
    )
    select counted.id from counted join outcome on outcome.delivery_id = counted.id order by outcome.place`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Gives up on what still waits for an endpoint. */
export async function cancelWaiting(tx: Tx, orgId: string, endpointId: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('webhook_delivery')
    .set({ state: 'canceled', next_attempt_at: null, finished_at: now })
    .where('org_id', '=', orgId)
    .where('endpoint_id', '=', endpointId)
    .where('state', '=', 'waiting')
    .execute()
}

export async function findDelivery(db: Db, orgId: string, id: string): Promise<DeliveryRecord | undefined> {
  const row = await db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

export type DeliveryFilter = {
  readonly state?: DeliveryState | undefined
  readonly type?: string | undefined
  readonly eventId?: string | undefined
}

/** Deliveries to an endpoint, newest first, those after the id `after`. */
export async function listDeliveries(
  db: Db,
  { orgId, endpointId }: { readonly orgId: string; readonly endpointId: string },
  { state, type, eventId }: DeliveryFilter,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<DeliveryRecord[]> {
  let query = db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('endpoint_id', '=', endpointId)
  if (state !== undefined) query = query.where('state', '=', state)
  if (type !== undefined) query = query.where('type', '=', type)
  if (eventId !== undefined) query = query.where('event_id', '=', eventId)
  if (page.after !== undefined) query = query.where('id', '<', page.after)
  return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(fromRow)
}

/** The attempts of some deliveries, each in order. */
export async function findAttempts(db: Db, orgId: string, deliveryIds: readonly string[]): Promise<AttemptRecord[]> {
  if (deliveryIds.length === 0) return []
  const rows = await db
    .selectFrom('webhook_attempt')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('delivery_id', 'in', [...deliveryIds])
    .orderBy('delivery_id')
    .orderBy('number')
    .execute()
  return rows.map(fromRow)
}

/** How many deliveries of a replay stand where. */
export async function countByState(db: Db, orgId: string, replayId: string): Promise<Record<DeliveryState, number>> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .select(['state', (expression) => expression.fn.countAll<bigint>().as('count')])
    .where('org_id', '=', orgId)
    .where('replay_id', '=', replayId)
    .groupBy('state')
    .execute()
  const counts = { waiting: 0, delivered: 0, failed: 0, canceled: 0 }
  for (const { state, count } of rows) counts[state] = Number(count)
  return counts
}

/** Forgets what was over before, with all its attempts. */
export async function deleteOldDeliveries(db: Db, before: Temporal.Instant): Promise<void> {
  await db.deleteFrom('webhook_delivery').where('state', '<>', 'waiting').where('finished_at', '<', before).execute()
}
