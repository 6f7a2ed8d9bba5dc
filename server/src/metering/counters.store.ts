import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import { parseQuantity, type Quantity } from '#money/quantity.ts'

/** What a counter held when its window was closed. */
export type CounterTotal = { readonly total: Quantity; readonly events: bigint }

export type CountersToOpen = {
  readonly subscriptionId: string
  readonly windowNumber: number
  /** The subscription's epoch after this change; every open counter of the subscription carries it afterwards. */
  readonly epoch: bigint
  readonly featureIds: readonly string[]
}

/**
 * Makes sure that a window has an open counter for each feature, and gives all open counters of the subscription the new
 * epoch (usage may have reached windows that lie further ahead). A counter that was billed is never opened again: that is an
 * assertion failure. Call it in the transaction that holds the subscription row `for update`.
 */
export async function openCounters(tx: Tx, orgId: string, input: CountersToOpen): Promise<void> {
  const { subscriptionId, windowNumber, epoch } = input
  const featureIds = [...new Set(input.featureIds)].sort()
  await moveEpoch(tx, orgId, subscriptionId, epoch)
  if (featureIds.length === 0) return
  const { rows: open } = await sql`
    insert into usage_counter (org_id, subscription_id, feature_id, window_number, epoch)
    select ${orgId}, ${subscriptionId}, feature_id, ${windowNumber}::int, ${epoch}::bigint
    from unnest(${featureIds}::text[]) with ordinality as wanted (feature_id, position) order by position
    on conflict (org_id, subscription_id, feature_id, window_number) do update set epoch = excluded.epoch
      where not usage_counter.closed
    returning feature_id`.execute(tx)
  assert.equal(open.length, featureIds.length, `window ${windowNumber} of ${subscriptionId} is billed and stays closed`)
}

/**
 * Closes all counters of a window and returns what they held, by feature id: nothing can be counted there afterwards. Writers
 * under way are waited for. Call it in the transaction that holds the subscription row `for update`.
 */
export async function closeCounters(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  windowNumber: number,
): Promise<Map<string, CounterTotal>> {
  const { rows } = await sql<{ feature_id: string; total: string; events: bigint }>`
    with locked as materialized (
      select feature_id, total, events from usage_counter
      where org_id = ${orgId} and subscription_id = ${subscriptionId} and window_number = ${windowNumber}
      order by feature_id for update
    ), closed as (
      update usage_counter counter set closed = true from locked
      where counter.org_id = ${orgId} and counter.subscription_id = ${subscriptionId}
        and counter.window_number = ${windowNumber} and counter.feature_id = locked.feature_id
    )
    select feature_id, total, events from locked order by feature_id`.execute(tx)
  return new Map(rows.map((row) => [row.feature_id, { total: totalOf(row.total), events: row.events }]))
}

export type OpenTotal = { readonly featureId: string; readonly windowNumber: number; readonly total: Quantity }

/**
 * Closes every open counter of a subscription, whatever its window, and returns what they held: usage may have reached windows
 * that billing had not come to. Call it in the transaction that holds the subscription row `for update`.
 */
export async function closeOpenCounters(tx: Tx, orgId: string, subscriptionId: string): Promise<OpenTotal[]> {
  const { rows } = await sql<{ feature_id: string; window_number: number; total: string }>`
    with locked as materialized (
      select feature_id, window_number, total from usage_counter
      where org_id = ${orgId} and subscription_id = ${subscriptionId} and not closed
      order by feature_id, window_number for update
    ), closed as (
      update usage_counter counter set closed = true from locked
      where counter.org_id = ${orgId} and counter.subscription_id = ${subscriptionId}
        and counter.feature_id = locked.feature_id and counter.window_number = locked.window_number
    )
    select feature_id, window_number, total from locked order by feature_id, window_number`.execute(tx)
  return rows.map((row) => ({
    featureId: row.feature_id,
    windowNumber: row.window_number,
    total: totalOf(row.total),
  }))
}

/**
 * Gives every open counter of a subscription a new epoch: writers that still believe in what was before are refused and read
 * anew. Call it in the transaction that holds the subscription row `for update` and stores the same epoch there.
 */
export async function moveEpoch(tx: Tx, orgId: string, subscriptionId: string, epoch: bigint): Promise<void> {
  await sql`
    with locked as materialized (
      select feature_id, window_number from usage_counter
      where org_id = ${orgId} and subscription_id = ${subscriptionId} and not closed
      order by feature_id, window_number for update
    )
    update usage_counter counter set epoch = ${epoch}::bigint from locked
    where counter.org_id = ${orgId} and counter.subscription_id = ${subscriptionId}
      and counter.feature_id = locked.feature_id and counter.window_number = locked.window_number`.execute(tx)
}

/** Locks the counter of a feature in a window and says what it holds; undefined when nobody has opened it. */
export async function lockTotal(
  tx: Tx,
  orgId: string,
  counter: { readonly subscriptionId: string; readonly featureId: string; readonly windowNumber: number },
): Promise<Quantity | undefined> {
  const row = await tx
    .selectFrom('usage_counter')
    .select('total')
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', counter.subscriptionId)
    .where('feature_id', '=', counter.featureId)
    .where('window_number', '=', counter.windowNumber)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && totalOf(row.total)
}

function totalOf(text: string): Quantity {
  const total = parseQuantity(text)
  assert(total !== undefined, `a counter holds ${text}`)
  return total
}

/** What was counted so far in a window, by feature id. */
export async function readTotals(
  db: Db,
  orgId: string,
  subscriptionId: string,
  windowNumber: number,
): Promise<Map<string, Quantity>> {
  const rows = await db
    .selectFrom('usage_counter')
    .select(['feature_id', 'total'])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('window_number', '=', windowNumber)
    .execute()
  return new Map(rows.map((row) => [row.feature_id, totalOf(row.total)]))
}
