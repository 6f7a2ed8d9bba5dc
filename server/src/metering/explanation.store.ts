import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Db } from '#database/transaction.ts'
import { parseQuantity, type Quantity } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'

/** A counter beside the events it is the sum of. */
export type CountedUsage = {
  readonly counter: { readonly total: Quantity; readonly events: bigint } | null
  readonly events: {
    readonly total: Quantity
    readonly count: bigint
    readonly late: bigint
    readonly firstAt: Temporal.Instant | null
    readonly lastAt: Temporal.Instant | null
  }
}

/** What names a counter. */
export type CounterKey = {
  readonly subscriptionId: string
  readonly featureId: string
  readonly windowNumber: number
}

/** What was counted of a feature in a window, and the events that say so, added up. */
export async function readCountedUsage(db: Db, orgId: string, key: CounterKey): Promise<CountedUsage> {
  const counter = await db
    .selectFrom('usage_counter')
    .select(['total', 'events'])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', key.subscriptionId)
    .where('feature_id', '=', key.featureId)
    .where('window_number', '=', key.windowNumber)
    .executeTakeFirst()
  const { rows } = await sql<{
    total: string
    count: bigint
    late: bigint
    first_at: Temporal.Instant | null
    last_at: Temporal.Instant | null
  }>`
    select coalesce(sum(quantity), 0) as total, count(*) as count, count(*) filter (where late) as late,
      min(ts) as first_at, max(ts) as last_at
    from usage_event
    where org_id = ${orgId} and subscription_id = ${key.subscriptionId} and window_number = ${key.windowNumber}
      and feature_id = ${key.featureId}`.execute(db)
  const [events] = rows
  assert(events, 'a sum is a row')
  return {
    counter: counter ? { total: quantityOf(counter.total), events: counter.events } : null,
    events: {
      total: quantityOf(events.total),
      count: events.count,
      late: events.late,
      firstAt: events.first_at,
      lastAt: events.last_at,
    },
  }
}

/** Movements of one kind, added up. Rate scale. */
export type MovementSum = { readonly kind: string; readonly count: bigint; readonly sum: Rate }

/** A balance from its last refill to the bill of what it was short of. */
export type OverdraftRun = {
  /** Number of the entry that billed it. */
  readonly billedBy: bigint
  /** What was held before the first entry of the run, rate scale. */
  readonly before: Rate
  readonly movements: readonly MovementSum[]
  readonly firstEntry: bigint
}

/**
 * The run of entries that ended in the overdraft billed with a window; null when none was. It begins where the window did: a
 * grant because the plan includes more now is one of its entries.
 */
export async function readOverdraftRun(
  db: Db,
  orgId: string,
  { subscriptionId, windowNumber }: Omit<CounterKey, 'featureId'>,
): Promise<OverdraftRun | null> {
  const { rows } = await sql<{ billed_by: bigint; first_entry: bigint; before: bigint }>`
    select billed.number as billed_by, begun.first_entry,
      coalesce((
        select balance_after from ledger_entry
        where org_id = ${orgId} and subscription_id = ${subscriptionId} and number = begun.first_entry - 1
      ), 0) as before
    from (
      select number from ledger_entry
      where org_id = ${orgId} and subscription_id = ${subscriptionId} and kind = 'overdraft_billed'
        and window_number = ${windowNumber}
      order by number desc limit 1
    ) billed
    cross join lateral (
      select coalesce((
        select case when kind = 'overdraft_billed' then number + 1 else number end from ledger_entry
        where org_id = ${orgId} and subscription_id = ${subscriptionId} and number < billed.number
          and (kind in ('reset', 'overdraft_billed') or (kind = 'grant' and reason is distinct from 'included_raised'))
        order by number desc limit 1
      ), 1) as first_entry
    ) begun`.execute(db)
  const [run] = rows
  if (!run) return null
  const { rows: movements } = await sql<{ kind: string; count: bigint; sum: string }>`
    select kind, count(*) as count, sum(balance) as sum from ledger_entry
    where org_id = ${orgId} and subscription_id = ${subscriptionId}
      and number >= ${run.first_entry} and number < ${run.billed_by}
    group by kind order by min(number)`.execute(db)
  return {
    billedBy: run.billed_by,
    before: run.before,
    firstEntry: run.first_entry,
    movements: movements.map(({ kind, count, sum }) => ({ kind, count, sum: BigInt(sum) })),
  }
}

/** What one feature, and where it has them one AI model, took from a balance. Costs are rate scale. */
export type Draw = {
  readonly featureId: string
  readonly provider: string | null
  readonly model: string | null
  readonly events: bigint
  readonly quantity: Quantity
  /** Taken from the balance. */
  readonly cost: Rate
  readonly tokens: TokenSums | null
}

/** The tokens of some events: how many of each kind and what they cost as it is kept with the events. */
export type TokenSums = Readonly<Record<'input' | 'output' | 'cacheRead' | 'cacheWrite', TokenSum>> & {
  readonly margin: Rate
}
export type TokenSum = { readonly tokens: bigint; readonly cost: Rate }

/** What a run of entries was drawn for, by feature and AI model, the costliest first. */
export async function readDraws(
  db: Db,
  orgId: string,
  subscriptionId: string,
  run: Pick<OverdraftRun, 'firstEntry' | 'billedBy'>,
): Promise<Draw[]> {
  const part = (name: string) => sql`
    sum((e.tokens -> ${name} ->> 'tokens')::numeric) as ${sql.ref(`${name}Tokens`)},
    sum((e.tokens -> ${name} ->> 'cost')::numeric) as ${sql.ref(`${name}Cost`)}`
  const { rows } = await sql<DrawRow>`
    select e.feature_id, e.tokens ->> 'provider' as provider, e.tokens ->> 'model' as model,
      count(*) as events, sum(e.quantity) as quantity, -sum(l.balance) as cost,
      sum((e.tokens -> 'margin' ->> 'cost')::numeric) as margin,
      ${part('input')}, ${part('output')}, ${part('cacheRead')}, ${part('cacheWrite')}
    from ledger_entry l
    join usage_event e on e.org_id = l.org_id and e.id = l.usage_event_id
    where l.org_id = ${orgId} and l.subscription_id = ${subscriptionId} and l.kind = 'consumption'
      and l.number >= ${run.firstEntry} and l.number < ${run.billedBy}
    group by e.feature_id, e.tokens ->> 'provider', e.tokens ->> 'model'
    order by cost desc, e.feature_id, provider, model`.execute(db)
  return rows.map(drawOf)
}

type PartName = 'input' | 'output' | 'cacheRead' | 'cacheWrite'
type DrawRow = {
  feature_id: string
  provider: string | null
  model: string | null
  events: bigint
  quantity: string
  cost: string
  margin: string | null
} & Record<`${PartName}Tokens` | `${PartName}Cost`, string | null>

function drawOf(row: DrawRow): Draw {
  const whole = (text: string | null) => BigInt((text ?? '0').split('.')[0] ?? '0')
  const part = (name: PartName): TokenSum => ({ tokens: whole(row[`${name}Tokens`]), cost: whole(row[`${name}Cost`]) })
  return {
    featureId: row.feature_id,
    provider: row.provider,
    model: row.model,
    events: row.events,
    quantity: quantityOf(row.quantity),
    cost: whole(row.cost),
    tokens:
      row.model === null
        ? null
        : {
            input: part('input'),
            output: part('output'),
            cacheRead: part('cacheRead'),
            cacheWrite: part('cacheWrite'),
            margin: whole(row.margin),
          },
  }
}

/** A change of a held count, by its number; undefined when there is none. */
export async function readHeldEvent(
  db: Db,
  orgId: string,
  key: { readonly subscriptionId: string; readonly featureId: string; readonly number: number },
): Promise<{ readonly current: bigint; readonly countsOn: Temporal.PlainDate } | undefined> {
  const row = await db
    .selectFrom('held_event')
    .select(['current', 'counts_on'])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', key.subscriptionId)
    .where('feature_id', '=', key.featureId)
    .where('number', '=', BigInt(key.number))
    .executeTakeFirst()
  return row && { current: row.current, countsOn: row.counts_on }
}

/** A step above the high-water mark as it is kept. */
export type KeptStep = {
  readonly windowNumber: number
  readonly countsOn: Temporal.PlainDate
  readonly markBefore: bigint
  readonly markAfter: bigint
  readonly settledWindow: number | null
}

export async function readHeldStep(
  db: Db,
  orgId: string,
  key: { readonly subscriptionId: string; readonly featureId: string; readonly number: number },
): Promise<KeptStep | undefined> {
  const row = await db
    .selectFrom('held_step')
    .select(['window_number', 'counts_on', 'mark_before', 'mark_after', 'settled_window'])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', key.subscriptionId)
    .where('feature_id', '=', key.featureId)
    .where('number', '=', BigInt(key.number))
    .executeTakeFirst()
  return (
    row && {
      windowNumber: row.window_number,
      countsOn: row.counts_on,
      markBefore: row.mark_before,
      markAfter: row.mark_after,
      settledWindow: row.settled_window,
    }
  )
}

function quantityOf(text: string): Quantity {
  const quantity = parseQuantity(text)
  assert(quantity !== undefined, `${text} is not a quantity`)
  return quantity
}
