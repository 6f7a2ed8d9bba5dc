import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Db } from '#database/transaction.ts'
import type { Candidate, EventProperty } from '#metering/usage-event.ts'
import { parseQuantity, type Quantity } from '#money/quantity.ts'

/** An event as it is kept. */
export type StoredEvent = {
  readonly id: string
  readonly value: Quantity
  readonly idempotencyKey: string | null
  readonly timestamp: Temporal.Instant
  readonly properties: readonly EventProperty[]
  readonly createdAt: Temporal.Instant
}

/** One event; `recordedAt` is the machine time it was written at, which names its partition. */
export async function findEvent(
  db: Db,
  orgId: string,
  id: string,
  recordedAt: Temporal.Instant,
): Promise<StoredEvent | undefined> {
  const row = await db
    .selectFrom('usage_event')
    .select(['id', 'quantity', 'idempotency_key', 'ts', 'properties', 'created_at'])
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('recorded_at', '=', recordedAt)
    .executeTakeFirst()
  if (!row) return undefined
  const value = parseQuantity(row.quantity)
  assert(value !== undefined, `an event holds ${row.quantity}`)
  const properties = (row.properties ?? []) as unknown as readonly EventProperty[]
  return {
    id: row.id,
    value,
    idempotencyKey: row.idempotency_key,
    timestamp: row.ts,
    properties,
    createdAt: row.created_at,
  }
}

export type EarlierKey = {
  readonly kind: 'body' | 'request'
  readonly eventId: string
  readonly recordedAt: Temporal.Instant
  readonly fingerprint: Buffer | null
}

/** The events that were recorded under an event's own key and under a request's Idempotency-Key. */
export async function findEarlier(
  db: Db,
  orgId: string,
  keys: { readonly body: string | null; readonly request: string | null },
): Promise<readonly EarlierKey[]> {
  if (keys.body === null && keys.request === null) return []
  const rows = await db
    .selectFrom('usage_event_key')
    .select(['kind', 'event_id', 'recorded_at', 'fingerprint'])
    .where('org_id', '=', orgId)
    .where((is) =>
      is.or([
        is.and([is('kind', '=', 'body'), is('key', '=', keys.body)]),
        is.and([is('kind', '=', 'request'), is('key', '=', keys.request)]),
      ]),
    )
    .execute()
  return rows.map((row) => ({
    kind: row.kind,
    eventId: row.event_id,
    recordedAt: row.recorded_at,
    fingerprint: row.fingerprint,
  }))
}

/**
 * Opens the counter an event needs where nobody has: a feature added in the middle of a window, or a window that began before
 * the billing engine came to it. The share lock waits for whoever is changing the subscription, and a moved epoch then opens
 * nothing: a counter cannot slip in behind the closing of its window.
 */
export async function openMissingCounter(
  db: Db,
  orgId: string,
  counter: Pick<Candidate, 'subscriptionId' | 'featureId' | 'windowNumber' | 'epoch'>,
): Promise<void> {
  await sql`
    insert into usage_counter (org_id, subscription_id, feature_id, window_number, epoch)
    select s.org_id, s.id, ${counter.featureId}, ${counter.windowNumber}::int, s.epoch
    from subscription s
    where s.org_id = ${orgId} and s.id = ${counter.subscriptionId} and s.epoch = ${counter.epoch}::bigint
      and s.status in ('trialing', 'active', 'past_due')
    for share
    on conflict (org_id, subscription_id, feature_id, window_number) do nothing`.execute(db)
}

/**
 * Whether the side's version and the subscription's epoch are still those that a decision was made with. Asked behind the lock of
 * the counter or the account: whoever changes them afterwards waits for that lock first.
 */
export async function isStillTrue(
  db: Db,
  orgId: string,
  { subscriptionId, version, epoch }: Pick<Candidate, 'subscriptionId' | 'version' | 'epoch'>,
): Promise<boolean> {
  const { rows } = await sql`
    select from side join subscription s on s.org_id = side.org_id
    where side.org_id = ${orgId} and side.version = ${version}::bigint
      and s.id = ${subscriptionId} and s.epoch = ${epoch}::bigint`.execute(db)
  return rows.length > 0
}
