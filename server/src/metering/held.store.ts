import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { HeldCountTable, HeldEventTable, HeldStepTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { HeldStep } from '#metering/held.ts'

export type HeldCountRecord = RecordOf<Selectable<HeldCountTable>>
export type HeldEventRecord = RecordOf<Selectable<HeldEventTable>>
export type HeldStepRecord = RecordOf<Selectable<HeldStepTable>>

/** A change to be written: the event, and what the count is afterwards. */
export type NewHeldEvent = Omit<HeldEventRecord, 'orgId'> & {
  readonly mark: bigint
  readonly periodStart: Temporal.PlainDate
  readonly windowNumber: number
  readonly step: HeldStep | null
}

/** What a subscription holds, by feature id. Features whose count never changed are absent. */
export async function findHeld(db: Db, orgId: string, subscriptionId: string): Promise<Map<string, HeldCountRecord>> {
  const rows = await db
    .selectFrom('held_count')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .execute()
  return new Map(rows.map((row) => [row.feature_id, fromRow(row)]))
}

/**
 * The same of some features, locked in the order of their ids. Call it in the transaction that holds the subscription's row:
 * that lock is also what keeps two first changes of a count apart.
 */
export async function lockHeld(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  featureIds: readonly string[],
): Promise<Map<string, HeldCountRecord>> {
  if (featureIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('held_count')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('feature_id', 'in', featureIds)
    .orderBy('feature_id')
    .forUpdate()
    .execute()
  return new Map(rows.map((row) => [row.feature_id, fromRow(row)]))
}

/** Writes a change: the count, the event, and the step above the high-water mark when there is one. */
export async function writeHeldEvent(tx: Tx, orgId: string, event: NewHeldEvent): Promise<void> {
  const named = { org_id: orgId, subscription_id: event.subscriptionId, feature_id: event.featureId }
  const count = {
    current: event.current,
    mark: event.mark,
    period_start: event.periodStart,
    changes: event.number,
    changed_on: event.countsOn,
    changed_at: event.createdAt,
  }
  await tx
    .insertInto('held_count')
    .values({ ...named, ...count })
    .onConflict((conflict) => conflict.columns(['org_id', 'subscription_id', 'feature_id']).doUpdateSet(count))
    .execute()
  await tx
    .insertInto('held_event')
    .values({
      ...named,
      id: event.id,
      number: event.number,
      action: event.action,
      count: event.count,
      previous: event.previous,
      current: event.current,
      counts_on: event.countsOn,
      window_number: event.windowNumber,
      own_key: event.ownKey,
      created_at: event.createdAt,
    })
    .execute()
  if (!event.step) return
  await tx
    .insertInto('held_step')
    .values({
      ...named,
      number: event.number,
      window_number: event.windowNumber,
      counts_on: event.countsOn,
      mark_before: event.step.markBefore,
      mark_after: event.step.markAfter,
      created_at: event.createdAt,
    })
    .execute()
}

/** The change that was recorded under an idempotencyKey. */
export async function findHeldEventByKey(db: Db, orgId: string, ownKey: string): Promise<HeldEventRecord | undefined> {
  const row = await db
    .selectFrom('held_event')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('own_key', '=', ownKey)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** A count, and the number of the change that made it so. */
export type CountedHeld = { readonly current: bigint; readonly number: bigint }

/**
 * What some subscriptions held when a day began, by subscription and feature id: changes that count from that day on are left
 * out. Those that never held anything are missing.
 */
export async function heldAtStartOf(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
  day: Temporal.PlainDate,
): Promise<Map<string, Map<string, CountedHeld>>> {
  const { rows } = await sql<{ subscription_id: string; feature_id: string; current: bigint; number: bigint }>`
    select held.subscription_id, held.feature_id, event.current, event.number
    from held_count held
    cross join lateral (
      select current, number from held_event
      where org_id = held.org_id and subscription_id = held.subscription_id and feature_id = held.feature_id
        and counts_on < ${day}
      order by number desc limit 1
    ) event
    where held.org_id = ${orgId} and held.subscription_id = any(${[...subscriptionIds]}::text[])
    order by held.subscription_id, held.feature_id`.execute(db)
  const bySubscription = Map.groupBy(rows, (row) => row.subscription_id)
  return new Map(
    [...bySubscription].map(([id, held]) => [
      id,
      new Map(held.map(({ feature_id, current, number }) => [feature_id, { current, number }])),
    ]),
  )
}

/**
 * Starts a billing period on a day whatever the mark was: all that is held now is paid in advance. For periods that begin
 * with an invoice; others begin by themselves, as every mark carries the period it is for.
 */
export async function restartMarks(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  day: Temporal.PlainDate,
): Promise<void> {
  await sql`
    update held_count set mark = current, period_start = ${day}
    where org_id = ${orgId} and subscription_id = ${subscriptionId}`.execute(tx)
}

/** Steps above the mark that no invoice has settled, of the days before one, in the order they happened. */
export async function findUnsettledSteps(
  db: Db,
  orgId: string,
  subscriptionId: string,
  before: Temporal.PlainDate,
): Promise<HeldStepRecord[]> {
  const rows = await db
    .selectFrom('held_step')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('settled_window', 'is', null)
    .where('counts_on', '<', before)
    .orderBy('feature_id')
    .orderBy('number')
    .execute()
  return rows.map(fromRow)
}

/** Notes which window's end settled the steps of the days before one, so that nothing is billed twice. */
export async function settleSteps(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  before: Temporal.PlainDate,
  windowNumber: number,
): Promise<void> {
  await tx
    .updateTable('held_step')
    .set({ settled_window: windowNumber })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('settled_window', 'is', null)
    .where('counts_on', '<', before)
    .execute()
}
