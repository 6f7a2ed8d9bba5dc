import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import { parseQuantity, type Quantity, quantityToText } from '#money/quantity.ts'

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
 * Locks the ledger accounts of some subscriptions, and their counters that are open or hold something, in the order in which recorded usage does: subscription by
 * subscription, the account before the counters. Whoever closes several subscriptions in one transaction calls it before
 * anything else of metering.
 */
export async function lockMetering(tx: Tx, orgId: string, subscriptionIds: readonly string[]): Promise<void> {
  await sql`
    select account.locked, counter.locked
    from (select id from unnest(${[...subscriptionIds]}::text[]) as wanted (id) order by id) wanted
    left join lateral (
      select true as locked from ledger_account
      where org_id = ${orgId} and subscription_id = wanted.id
      for no key update
    ) account on true
    left join lateral (
      select true as locked from usage_counter
      where org_id = ${orgId} and subscription_id = wanted.id and (not closed or reserved > 0)
      order by feature_id, window_number for update
    ) counter on true`.execute(tx)
}

/**
 * Makes sure that a window has an open counter for each feature, and gives all open counters of the subscription the new
 * epoch (usage may have reached windows that lie further ahead). A counter that was billed is never opened again: that is an
 * assertion failure. Call it in the transaction that holds the subscription row `for update`.
 */
export function openCounters(tx: Tx, orgId: string, input: CountersToOpen): Promise<void> {
  return openCountersOfAll(tx, orgId, [input])
}

/** The same for one window each of several subscriptions. */
export async function openCountersOfAll(tx: Tx, orgId: string, inputs: readonly CountersToOpen[]): Promise<void> {
  await moveEpochs(tx, orgId, inputs)
  const wanted = inputs.flatMap(({ featureIds, ...window }) =>
    [...new Set(featureIds)].map((featureId) => ({ ...window, featureId })),
  )
  if (wanted.length === 0) return
  const { rows: open } = await sql`
    insert into usage_counter (org_id, subscription_id, feature_id, window_number, epoch)
    select ${orgId}, wanted.*
    from unnest(
      ${wanted.map(({ subscriptionId }) => subscriptionId)}::text[], ${wanted.map(({ featureId }) => featureId)}::text[],
      ${wanted.map(({ windowNumber }) => windowNumber)}::int[], ${wanted.map(({ epoch }) => epoch)}::bigint[]
    ) as wanted (subscription_id, feature_id, window_number, epoch)
    order by subscription_id, feature_id
    on conflict (org_id, subscription_id, feature_id, window_number) do update set epoch = excluded.epoch
      where not usage_counter.closed
    returning feature_id`.execute(tx)
  const windows = inputs.map(({ subscriptionId, windowNumber }) => `${windowNumber} of ${subscriptionId}`).join(', ')
  assert.equal(open.length, wanted.length, `window ${windows} is billed and stays closed`)
}

export type WindowOf = { readonly subscriptionId: string; readonly windowNumber: number }

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
  const closed = await closeCountersOfAll(tx, orgId, [{ subscriptionId, windowNumber }])
  return closed.get(subscriptionId) ?? new Map()
}

/** The same for one window each of several subscriptions, by subscription id. */
export async function closeCountersOfAll(
  tx: Tx,
  orgId: string,
  windows: readonly WindowOf[],
): Promise<Map<string, Map<string, CounterTotal>>> {
  const { rows } = await sql<{ subscription_id: string; feature_id: string; total: string; events: bigint }>`
    with wanted as (
      select * from unnest(
        ${windows.map(({ subscriptionId }) => subscriptionId)}::text[],
        ${windows.map(({ windowNumber }) => windowNumber)}::int[]
      ) as wanted (subscription_id, window_number)
    ), locked as materialized (
      select counter.subscription_id, feature_id, counter.window_number, total, events
      from usage_counter counter join wanted using (subscription_id, window_number)
      where org_id = ${orgId}
      order by counter.subscription_id, feature_id for update of counter
    ), closed as (
      update usage_counter counter set closed = true from locked
      where counter.org_id = ${orgId} and counter.subscription_id = locked.subscription_id
        and counter.feature_id = locked.feature_id and counter.window_number = locked.window_number
    )
    select subscription_id, feature_id, total, events from locked order by subscription_id, feature_id`.execute(tx)
  const closed = new Map<string, Map<string, CounterTotal>>(
    windows.map(({ subscriptionId }) => [subscriptionId, new Map()]),
  )
  for (const row of rows) {
    closed.get(row.subscription_id)?.set(row.feature_id, { total: totalOf(row.total), events: row.events })
  }
  return closed
}

export type OpenTotal = { readonly featureId: string; readonly windowNumber: number; readonly total: Quantity }

/**
 * Closes every open counter of a subscription, whatever its window, and returns what they held: usage may have reached windows
 * that billing had not come to. Closed ones of which something is reserved are locked with them, in the one order. Call it in the
 * transaction that holds the subscription row `for update`.
 */
export async function closeOpenCounters(tx: Tx, orgId: string, subscriptionId: string): Promise<OpenTotal[]> {
  const { rows } = await sql<{ feature_id: string; window_number: number; total: string }>`
    with locked as materialized (
      select feature_id, window_number, total, closed from usage_counter
      where org_id = ${orgId} and subscription_id = ${subscriptionId} and (not closed or reserved > 0)
      order by feature_id, window_number for update
    ), closed as (
      update usage_counter counter set closed = true from locked
      where counter.org_id = ${orgId} and counter.subscription_id = ${subscriptionId} and not locked.closed
        and counter.feature_id = locked.feature_id and counter.window_number = locked.window_number
    )
    select feature_id, window_number, total from locked where not closed order by feature_id, window_number`.execute(tx)
  return rows.map((row) => ({
    featureId: row.feature_id,
    windowNumber: row.window_number,
    total: totalOf(row.total),
  }))
}

/** The last window anything was counted in; 0 when nothing ever was. */
export async function lastCountedWindow(db: Db, orgId: string, subscriptionId: string): Promise<number> {
  const row = await db
    .selectFrom('usage_counter')
    .select((select) => select.fn.max('window_number').as('last'))
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .executeTakeFirst()
  return row?.last ?? 0
}

/**
 * Gives every open counter of a subscription a new epoch: writers that still believe in what was before are refused and read
 * anew. Call it in the transaction that holds the subscription row `for update` and stores the same epoch there.
 */
export function moveEpoch(tx: Tx, orgId: string, subscriptionId: string, epoch: bigint): Promise<void> {
  return moveEpochs(tx, orgId, [{ subscriptionId, epoch }])
}

async function moveEpochs(
  tx: Tx,
  orgId: string,
  moves: readonly { readonly subscriptionId: string; readonly epoch: bigint }[],
): Promise<void> {
  await sql`
    with moved as (
      select * from unnest(
        ${moves.map(({ subscriptionId }) => subscriptionId)}::text[], ${moves.map(({ epoch }) => epoch)}::bigint[]
      ) as moved (subscription_id, epoch)
    ), locked as materialized (
      select counter.subscription_id, feature_id, window_number, moved.epoch
      from usage_counter counter join moved using (subscription_id)
      where org_id = ${orgId} and not closed
      order by counter.subscription_id, feature_id, window_number for update of counter
    )
    update usage_counter counter set epoch = locked.epoch from locked
    where counter.org_id = ${orgId} and counter.subscription_id = locked.subscription_id
      and counter.feature_id = locked.feature_id and counter.window_number = locked.window_number`.execute(tx)
}

/** The last window of a subscription that anything was counted in; undefined when nothing was. */
export async function lastUsedWindow(tx: Tx, orgId: string, subscriptionId: string): Promise<number | undefined> {
  const row = await tx
    .selectFrom('usage_counter')
    .select('window_number')
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('events', '>', 0n)
    .orderBy('window_number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.window_number
}

/** What every feature has used in a window, what reservations hold of it included, by feature id. */
export async function readUsed(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  windowNumber: number,
): Promise<Map<string, Quantity>> {
  const rows = await tx
    .selectFrom('usage_counter')
    .select(['feature_id', sql<string>`(total + reserved)::text`.as('used')])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('window_number', '=', windowNumber)
    .execute()
  return new Map(rows.map((row) => [row.feature_id, totalOf(row.used)]))
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

/** Which counter: of a subscription's feature in a window. */
export type CounterKey = { readonly subscriptionId: string; readonly featureId: string; readonly windowNumber: number }

/** What a locked counter says. `reserved` is held by reservations and counts as used. */
export type CounterState = {
  readonly total: Quantity
  readonly reserved: Quantity
  readonly epoch: bigint
  readonly closed: boolean
}

/** Locks a counter: whoever counts in it waits. Undefined when nobody has opened it. Lock several in the order of their keys. */
export async function lockCounter(tx: Tx, orgId: string, key: CounterKey): Promise<CounterState | undefined> {
  const row = await tx
    .selectFrom('usage_counter')
    .select(['total', 'reserved', 'epoch', 'closed'])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', key.subscriptionId)
    .where('feature_id', '=', key.featureId)
    .where('window_number', '=', key.windowNumber)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && { ...row, total: totalOf(row.total), reserved: totalOf(row.reserved) }
}

/** The one order of counters' locks: subscription, feature, window. */
export function inLockOrder<K extends CounterKey>(keys: readonly K[]): K[] {
  const textOf = (key: CounterKey) => `${key.subscriptionId} ${key.featureId}`
  return keys.toSorted((a, b) =>
    textOf(a) === textOf(b) ? a.windowNumber - b.windowNumber : textOf(a) < textOf(b) ? -1 : 1,
  )
}

/** Changes what reservations hold of a locked counter by a signed quantity. */
export async function addReserved(tx: Tx, orgId: string, key: CounterKey, quantity: Quantity): Promise<void> {
  if (quantity === 0n) return
  const { numUpdatedRows } = await tx
    .updateTable('usage_counter')
    .set({ reserved: sql`reserved + ${quantityToText(quantity)}::numeric` })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', key.subscriptionId)
    .where('feature_id', '=', key.featureId)
    .where('window_number', '=', key.windowNumber)
    .executeTakeFirst()
  assert.equal(numUpdatedRows, 1n, 'what is reserved is held of a counter')
}

/** A subscription that ends: nothing is reserved of any of its counters, open or closed. */
export async function clearReserved(tx: Tx, orgId: string, subscriptionId: string): Promise<void> {
  await sql`
    with locked as materialized (
      select feature_id, window_number from usage_counter
      where org_id = ${orgId} and subscription_id = ${subscriptionId} and reserved > 0
      order by feature_id, window_number for no key update
    )
    update usage_counter counter set reserved = 0 from locked
    where counter.org_id = ${orgId} and counter.subscription_id = ${subscriptionId}
      and counter.feature_id = locked.feature_id and counter.window_number = locked.window_number`.execute(tx)
}
