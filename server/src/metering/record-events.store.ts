import assert from 'node:assert/strict'
import { CompiledQuery } from 'kysely'
import type pg from 'pg'
import type { Tx } from '#database/transaction.ts'
import { deepestOverdraft } from '#metering/balance.ts'
import { ledgerSteps } from '#metering/draw-ledger.store.ts'
import { toStoredTokenCost } from '#metering/token-cost.ts'
import type { Candidate, Outcome } from '#metering/usage-event.ts'
import { parseQuantity, quantityScale, quantityToText } from '#money/quantity.ts'

/**
 * One statement, one round trip, one organisation. Counters are locked in the order of their keys before anything else is
 * written; keys are inserted in order as well, so that batches of several processes wait for each other and never deadlock.
 * Every table is entered by its whole key, event by event: what a batch costs does not depend on how much is stored.
 *
 *   judged   what stands against an event before its amount is looked at; the first reason that applies
 *   measured what an event takes and from what: its quantity from its counter up to the ceiling, or its cost from the ledger
 *            account (which counts up to zero from what it holds, negatively). What reservations hold counts as used
 *   settled  amounts in the order of arrival: the longest run that fits is recorded. Behind the first that does not fit, those
 *            that could not fit even then are refused, and the rest stays undecided for the next batch
 *   lost     a key that another process took after this statement began: the whole batch fails with `key taken meanwhile`
 */
const statement = `
  with judged as materialized (
    select input.*, counter.total, counter.reserved, account.balance, account.reserved as account_reserved, account.plan_credits, account.purchased_credits, account.model,
      account.may_overdraw, account.granted_credits, account.last_refill, account.low_told, account.entries,
      request.event_id as earlier_id, request.recorded_at as earlier_at,
      case
        when side.version is distinct from input.version then 'stale'
        when request.event_id is not null and request.fingerprint = input.fingerprint then 'replay'
        when request.event_id is not null then 'mismatch'
        when body.event_id is not null then 'duplicate'
        when subscription.epoch is distinct from input.epoch then 'stale'
        when counter.closed or counter.epoch > input.epoch then 'stale'
        when counter.total is null then 'missing'
        else 'open'
      end as state
    from (
      select * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bool[], $8::numeric[], $9::numeric[],
        $10::bigint[], $11::bigint[], $12::timestamptz[], $13::timestamptz[], $14::text[], $15::text[], $16::bytea[], $17::jsonb[],
        $19::numeric[], $20::text[], $21::text[], $22::text[], $23::jsonb[])
      with ordinality as input (event_id, customer_id, subscription_id, feature_id, window_number, late, quantity, ceiling,
        version, epoch, ts, created_at, body_key, request_key, fingerprint, properties, cost, notice_id, shown_customer_id,
        currency, tokens, position)
      order by subscription_id, feature_id, window_number, position
    ) input
    left join lateral (
      select model, balance, plan_credits, purchased_credits, may_overdraw, granted_credits, last_refill, low_told, entries,
        reserved
      from ledger_account a
      where input.cost is not null and a.org_id = $1 and a.subscription_id = input.subscription_id
      for no key update
    ) account on true
    left join lateral (
      select total, reserved, epoch, closed from usage_counter c
      where c.org_id = $1 and c.subscription_id = input.subscription_id and c.feature_id = input.feature_id
        and c.window_number = input.window_number
      for no key update
    ) counter on true
    left join lateral (select version from side where side.org_id = $1 limit 1) side on true
    left join lateral (
      select epoch from subscription s where s.org_id = $1 and s.id = input.subscription_id limit 1
    ) subscription on true
    left join lateral (
      select event_id, recorded_at, fingerprint from usage_event_key k
      where k.org_id = $1 and k.kind = 'request' and k.key = input.request_key limit 1
    ) request on true
    left join lateral (
      select event_id from usage_event_key k where k.org_id = $1 and k.kind = 'body' and k.key = input.body_key limit 1
    ) body on true
  ), measured as (
    select *, coalesce(cost, quantity) as amount,
      case when cost is null then feature_id end as pool_feature, case when cost is null then window_number end as pool_window,
      case
        when cost is null then total + reserved
        when model = 'credits' then (account_reserved - plan_credits - purchased_credits)::numeric
        else coalesce(account_reserved - balance, 0)::numeric
      end as base,
      case when cost is null then ceiling when may_overdraw then coalesce(ceiling, ${deepestOverdraft}) else 0 end as edge
    from judged
  ), reaching as (
    select *, base + sum(amount)
      over (partition by state, subscription_id, pool_feature, pool_window order by position) as reached
    from measured
  ), crossing as (
    select *, coalesce(bool_or(reached > edge)
      over (partition by state, subscription_id, pool_feature, pool_window order by position), false) as is_past
    from reaching
  ), holding as (
    select *, coalesce(max(reached) filter (where not is_past)
      over (partition by state, subscription_id, pool_feature, pool_window), base) as held
    from crossing
  ), settled as materialized (
    select *, case
        when state <> 'open' then state
        when not is_past then 'recorded'
        when amount > edge - held then 'refused'
        else 'undecided'
      end as outcome
    from holding
  ), accepted as materialized (
    select * from settled where outcome = 'recorded'
  ), wanted_key as materialized (
    select 'body' as kind, body_key as key, event_id, null::bytea as fingerprint from accepted where body_key is not null
    union all
    select 'request', request_key, event_id, fingerprint from accepted where request_key is not null
  ), taken_key as (
    insert into usage_event_key (org_id, kind, key, event_id, recorded_at, fingerprint)
    select $1, kind, key, event_id, $18, fingerprint from wanted_key order by kind, key
    on conflict do nothing returning key
  ), recorded as (
    insert into usage_event (org_id, id, recorded_at, subscription_id, customer_id, feature_id, window_number, quantity, ts,
      late, idempotency_key, properties, tokens, created_at)
    select $1, event_id, $18, subscription_id, customer_id, feature_id, window_number, quantity, ts, late, body_key,
      properties, tokens, created_at
    from accepted order by event_id
  ), counted as (
    update usage_counter c set total = c.total + sums.quantity, events = c.events + sums.events
    from (
      select subscription_id, feature_id, window_number, sum(quantity) as quantity, count(*) as events
      from accepted group by subscription_id, feature_id, window_number
    ) sums
    where c.org_id = $1 and c.subscription_id = sums.subscription_id and c.feature_id = sums.feature_id
      and c.window_number = sums.window_number
  ), ${ledgerSteps}
  ), lost as materialized (
    select case when (select count(*) from taken_key) < (select count(*) from wanted_key)
      then ('key taken meanwhile, one of ' || (select count(*) from wanted_key))::int else 0 end as keys
  )
  select outcome, held, earlier_id, earlier_at, lost.keys from settled cross join lost order by position`

type Row = {
  outcome: Exclude<Outcome['kind'], 'short'>
  held: string | null
  earlier_id: string | null
  earlier_at: Temporal.Instant | null
}

/** Another process recorded an event under one of the batch's keys meanwhile; nothing of the batch was written. */
export class KeyTakenMeanwhile extends Error {
  override readonly name = 'KeyTakenMeanwhile'
}

/**
 * Records events of one organisation in one durable step; each gets its own outcome, in their order. Two events of a batch
 * may not claim the same unused key. `recordedAt` is machine time.
 */
export async function recordEvents(
  pool: pg.Pool,
  orgId: string,
  candidates: readonly Candidate[],
  recordedAt: Temporal.Instant,
): Promise<readonly Outcome[]> {
  const values = valuesOf(orgId, candidates, recordedAt)
  return outcomesOf(candidates, () => pool.query<Row>({ name: 'metering-record-events', text: statement, values }))
}

/**
 * The same inside a transaction that has more to do than to record: what it writes besides counts for the statement, and an
 * outcome that is not wanted is undone by rolling back.
 */
export async function recordEventsIn(
  tx: Tx,
  orgId: string,
  candidates: readonly Candidate[],
  recordedAt: Temporal.Instant,
): Promise<readonly Outcome[]> {
  const values = valuesOf(orgId, candidates, recordedAt)
  return outcomesOf(candidates, () => tx.executeQuery<Row>(CompiledQuery.raw(statement, values)))
}

function valuesOf(orgId: string, candidates: readonly Candidate[], recordedAt: Temporal.Instant): unknown[] {
  return [orgId, ...columnsOf(candidates), recordedAt, ...ledgerColumnsOf(candidates)]
}

async function outcomesOf(
  candidates: readonly Candidate[],
  run: () => Promise<{ readonly rows: readonly Row[] }>,
): Promise<readonly Outcome[]> {
  try {
    const { rows } = await run()
    assert.equal(rows.length, candidates.length, 'every event has one outcome')
    return rows.map((row, index) => outcomeOf(row, candidates[index]))
  } catch (error) {
    throw isLostKey(error) ? new KeyTakenMeanwhile() : error
  }
}

function columnsOf(candidates: readonly Candidate[]): unknown[][] {
  return [
    candidates.map(({ event }) => event.id),
    candidates.map(({ customerId }) => customerId),
    candidates.map(({ subscriptionId }) => subscriptionId),
    candidates.map(({ featureId }) => featureId),
    candidates.map(({ windowNumber }) => windowNumber),
    candidates.map(({ isLate }) => isLate),
    candidates.map(({ event }) => quantityToText(event.value)),
    candidates.map(edgeTextOf),
    candidates.map(({ version }) => version),
    candidates.map(({ epoch }) => epoch),
    candidates.map(({ event }) => event.timestamp),
    candidates.map(({ event }) => event.createdAt),
    candidates.map(({ event }) => event.idempotencyKey),
    candidates.map(({ request }) => request?.key ?? null),
    candidates.map(({ request }) => request?.fingerprint ?? null),
    candidates.map(({ event }) => (event.properties.length === 0 ? null : JSON.stringify(event.properties))),
  ]
}

// What costs nothing is never too much, however deep an overdraft may be.
function edgeTextOf({ ceiling, draw }: Candidate): string | null {
  if (!draw) return ceiling === null ? null : quantityToText(ceiling)
  const deepest = draw.cost === 0n ? null : (draw.overdraftCap ?? null)
  return deepest === null ? null : String(deepest)
}

function ledgerColumnsOf(candidates: readonly Candidate[]): unknown[][] {
  return [
    candidates.map(({ draw }) => draw && String(draw.cost)),
    candidates.map(({ draw }) => draw?.noticeId ?? null),
    candidates.map(({ draw, event }) => draw && event.customerId),
    candidates.map(({ draw }) => draw?.currency ?? null),
    candidates.map(({ tokens }) => (tokens ? JSON.stringify(toStoredTokenCost(tokens)) : null)),
  ]
}

function outcomeOf(row: Row, candidate: Candidate | undefined): Outcome {
  switch (row.outcome) {
    case 'replay':
      assert(row.earlier_id !== null && row.earlier_at !== null)
      return { kind: 'replay', eventId: row.earlier_id, recordedAt: row.earlier_at }
    case 'refused': {
      const used = parseQuantity(row.held ?? '')
      assert(used !== undefined && candidate)
      // An account counts up to zero from what it holds: what is left is the other side of it.
      return candidate.draw ? { kind: 'short', left: -used / quantityScale } : { kind: 'refused', used }
    }
    default:
      return { kind: row.outcome }
  }
}

function isLostKey(error: unknown): boolean {
  return error instanceof Error && error.message.includes('key taken meanwhile')
}
