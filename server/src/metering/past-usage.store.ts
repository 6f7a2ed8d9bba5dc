import { sql } from 'kysely'
import { fromRow } from '#database/records.ts'
import type { Db } from '#database/transaction.ts'
import type { HeldStepRecord } from '#metering/held.store.ts'
import type { PastChange, PastEntry } from '#metering/past-usage.ts'
import { parseExchangeRate } from '#money/exchange.ts'
import { parseQuantity, type Quantity } from '#money/quantity.ts'

/** Windows of a subscription, both numbers included. */
export type WindowRange = { readonly subscriptionId: string; readonly from: number; readonly to: number }

export type PastTotal = {
  readonly subscriptionId: string
  readonly windowNumber: number
  readonly featureId: string
  readonly total: Quantity
}

/** What the counters of some windows came to. Those where nothing was counted are missing. */
export async function totalsOfWindows(db: Db, orgId: string, ranges: readonly WindowRange[]): Promise<PastTotal[]> {
  if (ranges.length === 0) return []
  const { rows } = await sql<{ subscription_id: string; window_number: number; feature_id: string; total: string }>`
    select c.subscription_id, c.window_number, c.feature_id, c.total
    from unnest(${ranges.map(({ subscriptionId }) => subscriptionId)}::text[], ${ranges.map(({ from }) => from)}::int[],
      ${ranges.map(({ to }) => to)}::int[]) as w (subscription_id, first, last)
    join usage_counter c on c.org_id = ${orgId} and c.subscription_id = w.subscription_id
      and c.window_number between w.first and w.last
    where c.closed and c.total <> 0`.execute(db)
  return rows.map((row) => ({
    subscriptionId: row.subscription_id,
    windowNumber: row.window_number,
    featureId: row.feature_id,
    total: quantityOf(row.total),
  }))
}

/** Every change of what some subscriptions hold, in its order, by subscription and feature id. */
export async function heldChanges(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<Map<string, Map<string, PastChange[]>>> {
  const rows = await db
    .selectFrom('held_event')
    .select([
      'subscription_id',
      'feature_id',
      'number',
      'action',
      'current',
      'counts_on',
      'window_number',
      'created_at',
    ])
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .orderBy('subscription_id')
    .orderBy('feature_id')
    .orderBy('number')
    .execute()
  const bySubscription = Map.groupBy(rows, ({ subscription_id }) => subscription_id)
  return new Map(
    [...bySubscription].map(([id, own]) => [
      id,
      new Map(
        [...Map.groupBy(own, ({ feature_id }) => feature_id)].map(([feature, all]) => [feature, all.map(changeOf)]),
      ),
    ]),
  )
}

type ChangeRow = {
  number: bigint
  action: PastChange['action']
  current: bigint
  counts_on: Temporal.PlainDate
  window_number: number | null
  created_at: Temporal.Instant
}

function changeOf({ number, action, current, counts_on, window_number, created_at }: ChangeRow): PastChange {
  return { number, action, current, countsOn: counts_on, windowNumber: window_number, createdAt: created_at }
}

/** The steps above the high-water mark that some subscriptions settled, in the order they happened, by subscription id. */
export async function settledSteps(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<Map<string, HeldStepRecord[]>> {
  const rows = await db
    .selectFrom('held_step')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('settled_window', 'is not', null)
    .orderBy('subscription_id')
    .orderBy('feature_id')
    .orderBy('number')
    .execute()
  return Map.groupBy(rows.map(fromRow), ({ subscriptionId }) => subscriptionId)
}

/** Where the entries of a window begin: the number of the first one that opened it, or of what closed the one before. */
export type WindowOpening = {
  readonly subscriptionId: string
  readonly windowNumber: number
  readonly firstEntry: bigint
}

/**
 * Where windows begin in the ledgers of some subscriptions. A window whose opening moved nothing is missing: what it was given
 * is what was left.
 */
export async function ledgerOpenings(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<WindowOpening[]> {
  const { rows } = await sql<{ subscription_id: string; window_number: number; first_entry: bigint }>`
    select subscription_id, window_number + (kind = 'overdraft_billed')::int as window_number,
      min(number + (kind = 'overdraft_billed')::int) as first_entry
    from ledger_entry
    where org_id = ${orgId} and subscription_id = any(${[...subscriptionIds]}::text[])
      and (kind in ('expiry', 'reset', 'overdraft_billed') or (kind = 'grant' and reason is distinct from 'included_raised'))
    group by 1, 2 order by 1, 2`.execute(db)
  return rows.map((row) => ({
    subscriptionId: row.subscription_id,
    windowNumber: row.window_number,
    firstEntry: row.first_entry,
  }))
}

/** A place in the ledgers of some subscriptions, in the order of subscriptions and numbers. */
export type EntryPlace = { readonly subscriptionId: string; readonly number: bigint }
export type PlacedEntry = EntryPlace & { readonly windowNumber: number; readonly entry: PastEntry }

/** The next entries after a place, with what each consumption was for. A page of them: there may be very many. */
export async function ledgerEntries(
  db: Db,
  orgId: string,
  ranges: readonly WindowRange[],
  after: EntryPlace,
  limit: number,
): Promise<PlacedEntry[]> {
  const { rows } = await sql<EntryRow>`
    select e.subscription_id, e.number, e.window_number, e.kind, e.reason, e.plan_credits, e.purchased_credits, e.balance,
      e.plan_credits_after, e.purchased_credits_after, e.balance_after, u.feature_id, u.quantity,
      u.tokens ->> 'subtotal' as subtotal, u.tokens ->> 'exchangeRate' as exchange_rate
    from (
      select entry.* from unnest(${ranges.map(({ subscriptionId }) => subscriptionId)}::text[],
        ${ranges.map(({ from }) => from)}::int[]) as w (own_id, first)
      join ledger_entry entry on entry.org_id = ${orgId} and entry.subscription_id = w.own_id
        and entry.window_number >= w.first
      where (entry.subscription_id, entry.number) > (${after.subscriptionId}, ${after.number}::bigint)
      order by entry.subscription_id, entry.number limit ${limit}
    ) e
    left join usage_event u on u.org_id = e.org_id and u.subscription_id = e.subscription_id
      and u.window_number = e.window_number and u.id = e.usage_event_id
    order by e.subscription_id, e.number`.execute(db)
  return rows.map((row) => ({
    subscriptionId: row.subscription_id,
    number: row.number,
    windowNumber: row.window_number,
    entry: entryOf(row),
  }))
}

type EntryRow = {
  subscription_id: string
  number: bigint
  window_number: number
  kind: PastEntry['kind']
  reason: string | null
  plan_credits: bigint
  purchased_credits: bigint
  balance: bigint
  plan_credits_after: bigint
  purchased_credits_after: bigint
  balance_after: bigint
  feature_id: string | null
  quantity: string | null
  subtotal: string | null
  exchange_rate: string | null
}

function entryOf(row: EntryRow): PastEntry {
  const { kind, reason, feature_id: featureId, quantity, subtotal, exchange_rate: rate } = row
  const tokens =
    subtotal === null
      ? null
      : { subtotal: BigInt(subtotal), exchangeRate: rate === null ? null : (parseExchangeRate(rate) ?? null) }
  return {
    kind,
    reason,
    planCredits: row.plan_credits,
    purchasedCredits: row.purchased_credits,
    balance: row.balance,
    after: {
      planCredits: row.plan_credits_after,
      purchasedCredits: row.purchased_credits_after,
      balance: row.balance_after,
    },
    use: featureId === null || quantity === null ? null : { featureId, quantity: quantityOf(quantity), tokens },
  }
}

function quantityOf(text: string): Quantity {
  const quantity = parseQuantity(text)
  if (quantity === undefined) throw new RangeError(`${text} is not a quantity`)
  return quantity
}
