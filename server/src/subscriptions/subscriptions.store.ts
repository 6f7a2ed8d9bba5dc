import assert from 'node:assert/strict'
import { type Selectable, sql } from 'kysely'
import { type ChangesOf, fromRow, type RecordOf, toRow } from '#database/records.ts'
import type { SubscriptionTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { toParameter } from '#database/wire-types.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import { utcDay } from '#time/period.ts'

type Row = Selectable<SubscriptionTable>
export type SubscriptionRecord = RecordOf<Row>
export type SubscriptionChanges = ChangesOf<Omit<Row, 'org_id' | 'id'>>

/** Locks the subscription: whoever reads it to change it waits for the one before. */
export async function lockSubscription(tx: Tx, orgId: string, id: string): Promise<SubscriptionRecord | undefined> {
  const row = await tx
    .selectFrom('subscription')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Locks those of some subscriptions that nobody else holds: whoever finds one missing waits for it by itself. */
export async function lockFreeSubscriptions(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
): Promise<Map<string, SubscriptionRecord>> {
  const rows = await tx
    .selectFrom('subscription')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forNoKeyUpdate()
    .skipLocked()
    .execute()
  return new Map(rows.map((row) => [row.id, fromRow(row)]))
}

export async function findSubscription(db: Db, orgId: string, id: string): Promise<SubscriptionRecord | undefined> {
  const row = await db
    .selectFrom('subscription')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The plans that some subscriptions are on, by their ids. */
export async function findPlansOf(db: Db, orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('subscription')
    .select(['id', 'plan_id'])
    .where('org_id', '=', orgId)
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map((row) => [row.id, row.plan_id]))
}

/** The customer's one live subscription (anything but canceled). */
export async function findLiveSubscription(
  db: Db,
  orgId: string,
  customerId: string,
): Promise<SubscriptionRecord | undefined> {
  const row = await db
    .selectFrom('subscription')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('status', '<>', 'canceled')
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The live subscriptions of some customers, by customer id. */
export async function findLiveSubscriptions(
  db: Db,
  orgId: string,
  customerIds: readonly string[],
): Promise<Map<string, SubscriptionRecord>> {
  const rows = await db
    .selectFrom('subscription')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', 'in', [...customerIds])
    .where('status', '<>', 'canceled')
    .execute()
  return new Map(rows.map((row) => [row.customer_id, fromRow(row)]))
}

/** Newest first, at most `limit`. */
export async function listSubscriptions(
  db: Db,
  orgId: string,
  filter: { customerId?: string | undefined; status?: SubscriptionStatus | undefined; after?: string | undefined },
  limit: number,
): Promise<SubscriptionRecord[]> {
  let query = db.selectFrom('subscription').selectAll().where('org_id', '=', orgId)
  if (filter.customerId !== undefined) query = query.where('customer_id', '=', filter.customerId)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.after !== undefined) query = query.where('id', '<', filter.after)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return rows.map(fromRow)
}

/** Inserts; a customer's second live subscription violates `subscription_live`. */
export async function insertSubscription(tx: Tx, orgId: string, subscription: SubscriptionRecord): Promise<void> {
  await tx
    .insertInto('subscription')
    .values({ ...(toRow(subscription) as Row), org_id: orgId })
    .execute()
}

/** Writes changed fields that metering does not look at. Returns the record. */
export async function updateSubscription(
  tx: Tx,
  orgId: string,
  id: string,
  changes: SubscriptionChanges,
): Promise<SubscriptionRecord> {
  const row = await tx
    .updateTable('subscription')
    .set(toRow<Omit<Row, 'org_id' | 'id'>>(changes))
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/**
 * Writes changed fields and moves the epoch, so that no cache that knew the old state is believed: the caller gives the new
 * epoch to the subscription's open counters in the same transaction.
 */
export async function updateAccess(
  tx: Tx,
  orgId: string,
  id: string,
  changes: SubscriptionChanges,
): Promise<SubscriptionRecord> {
  const row = await tx
    .updateTable('subscription')
    .set({ ...toRow<Omit<Row, 'org_id' | 'id'>>(changes), epoch: sql`epoch + 1` })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** The same for several locked subscriptions, each with changes of its own. Returns the records in the order of the changes. */
export async function updateAccessOfAll(
  tx: Tx,
  orgId: string,
  updates: readonly { readonly id: string; readonly changes: SubscriptionChanges }[],
): Promise<SubscriptionRecord[]> {
  const changed = updates.map(({ changes }) => toRow<Omit<Row, 'org_id' | 'id'>>(changes))
  const columns = [...new Set(changed.flatMap((row) => Object.keys(row)))].map((column) => sql.ref(column))
  // A row keeps what its changes do not name: they are laid over the row itself, once for each, before anything is joined.
  const { rows } = await sql<Row>`
    with next as materialized (
      select old.id, jsonb_populate_record(old, wanted.changes) as after
      from unnest(${updates.map(({ id }) => id)}::text[], ${changed.map(asJson)}::jsonb[]) as wanted (id, changes)
      join subscription old on old.org_id = ${orgId} and old.id = wanted.id
    )
    update subscription
    set ${sql.join([...columns.map((column) => sql`${column} = (next.after).${column}`), sql`epoch = subscription.epoch + 1`])}
    from next
    where subscription.org_id = ${orgId} and subscription.id = next.id
    returning subscription.*`.execute(tx)
  const written = new Map(rows.map((row) => [row.id, row]))
  return updates.map(({ id }) => {
    const row = written.get(id)
    assert(row, `subscription ${id} exists`)
    return fromRow(row)
  })
}

function asJson(row: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(row).map(([column, value]) => [column, toParameter(value)])))
}

/** Notes which ends were announced, and when each subscription is due next. Nothing that metering looks at changes. */
export async function markReminded(
  tx: Tx,
  orgId: string,
  reminded: readonly {
    readonly id: string
    readonly remindedOn: Temporal.PlainDate
    readonly dueAt: Temporal.Instant | null
  }[],
): Promise<void> {
  await sql`
    update subscription s set reminded_on = told.reminded_on, due_at = told.due_at
    from unnest(${reminded.map(({ id }) => id)}::text[], ${reminded.map(({ remindedOn }) => String(remindedOn))}::date[],
      ${reminded.map(({ dueAt }) => dueAt && String(dueAt))}::timestamptz[]) as told (id, reminded_on, due_at)
    where s.org_id = ${orgId} and s.id = told.id`.execute(tx)
}

/** A subscription whose scheduled change was dropped, and the interval it would have led to. */
export type DroppedChange = {
  readonly subscription: SubscriptionRecord
  readonly billingInterval: SubscriptionRecord['scheduledInterval']
}

// Where nothing was announced because of the change, the renewal that will be is announced after all: three days before it,
// or at once when they have begun. The end of the window itself stays what is due last.
const dueWithRenewal = (now: Temporal.Instant) => sql<Temporal.Instant | null>`
  case when scheduled_price_id is null and status = 'active' and period_end = window_end
      and (reminded_on is null or reminded_on < period_end)
    then least(due_at, greatest((period_end - 3)::timestamp at time zone 'UTC', ${now}::timestamptz))
    else due_at end`

/**
 * Drops the changes to a plan that are scheduled for a day after `now`, of subscriptions locked in the order of their ids. One whose
 * day has come took effect then, whoever is late to carry it out.
 */
export async function dropScheduledTo(
  tx: Tx,
  orgId: string,
  planId: string,
  now: Temporal.Instant,
): Promise<DroppedChange[]> {
  const rows = await tx
    .selectFrom('subscription')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('scheduled_plan_id', '=', planId)
    .where('period_end', '>', utcDay(now))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  if (rows.length === 0) return []
  await tx
    .updateTable('subscription')
    .set({
      scheduled_plan_id: null,
      scheduled_price_id: null,
      scheduled_interval: null,
      scheduled_at: null,
      due_at: dueWithRenewal(now),
      updated_at: now,
    })
    .where('org_id', '=', orgId)
    .where('scheduled_plan_id', '=', planId)
    .where('period_end', '>', utcDay(now))
    .execute()
  return rows.map((row) => ({ subscription: fromRow(row), billingInterval: row.scheduled_interval }))
}

/** Whether a subscription of the customer ever left `pending_payment` (intro offers are for those without one). */
export async function hadPaidSubscription(db: Db, orgId: string, customerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('subscription')
    .select('id')
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where((where) => where.or([where('activated_at', 'is not', null), where('trial_ends_on', 'is not', null)]))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
