import assert from 'node:assert/strict'
import { CompiledQuery, sql } from 'kysely'
import type pg from 'pg'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { deepestOverdraft } from '#metering/balance.ts'
import { ledgerExhausted, ledgerSteps } from '#metering/draw-ledger.store.ts'
import { quotaExhausted, quotaLevelOfEvent, quotaSteps } from '#metering/tell-quota.store.ts'
import { toStoredTokenCost } from '#metering/token-cost.ts'
import type { Candidate, Exhaustion, Outcome } from '#metering/usage-event.ts'
import { parseQuantity, quantityScale, quantityToNumber, quantityToText } from '#money/quantity.ts'

/** One value of each event, as an array of its own type. */
type Column = { readonly name: string; readonly type: string; readonly of: (candidate: Candidate) => unknown }

const columns: readonly Column[] = [
  { name: 'event_id', type: 'text', of: ({ event }) => event.id },
  { name: 'customer_id', type: 'text', of: ({ customerId }) => customerId },
  { name: 'shown_customer_id', type: 'text', of: ({ event }) => event.customerId },
  { name: 'subscription_id', type: 'text', of: ({ subscriptionId }) => subscriptionId },
  { name: 'feature_id', type: 'text', of: ({ featureId }) => featureId },
  { name: 'feature_code', type: 'text', of: ({ event }) => event.feature },
  { name: 'window_number', type: 'int', of: ({ windowNumber }) => windowNumber },
  { name: 'late', type: 'bool', of: ({ isLate }) => isLate },
  { name: 'quantity', type: 'numeric', of: ({ event }) => quantityToText(event.value) },
  { name: 'ceiling', type: 'numeric', of: edgeTextOf },
  { name: 'included', type: 'numeric', of: ({ quota }) => quota && quantityToText(quota.included) },
  { name: 'is_overage_on', type: 'bool', of: ({ quota }) => quota?.isOverageOn ?? null },
  { name: 'starts_on', type: 'date', of: ({ quota }) => quota?.startsOn ?? null },
  { name: 'version', type: 'bigint', of: ({ version }) => version },
  { name: 'epoch', type: 'bigint', of: ({ epoch }) => epoch },
  { name: 'ts', type: 'timestamptz', of: ({ event }) => event.timestamp },
  { name: 'created_at', type: 'timestamptz', of: ({ event }) => event.createdAt },
  { name: 'body_key', type: 'text', of: ({ event }) => event.idempotencyKey },
  { name: 'request_key', type: 'text', of: ({ request }) => request?.key ?? null },
  { name: 'fingerprint', type: 'bytea', of: ({ request }) => request?.fingerprint ?? null },
  {
    name: 'properties',
    type: 'jsonb',
    of: ({ event }) => (event.properties.length === 0 ? null : JSON.stringify(event.properties)),
  },
  { name: 'tokens', type: 'jsonb', of: ({ tokens }) => (tokens ? JSON.stringify(toStoredTokenCost(tokens)) : null) },
]

const ledgerColumns: readonly Column[] = [
  { name: 'cost', type: 'numeric', of: ({ draw }) => draw && String(draw.cost) },
  { name: 'currency', type: 'text', of: ({ draw }) => draw?.currency ?? null },
]

/** What is told of each event, where somebody listens; null for an event that was decided on while nobody did. */
const toldColumns: readonly Column[] = [
  { name: 'notice_id', type: 'text', of: ({ isTold }) => (isTold ? newId('whev') : null) },
  {
    name: 'notice',
    type: 'jsonb',
    of: (candidate) => (candidate.isTold ? JSON.stringify(toldUsage(candidate)) : null),
  },
]

/** What a statement is made of: a batch in which nothing draws on a ledger has nothing to do with one. */
type Form = {
  readonly name: string
  readonly columns: readonly Column[]
  readonly account: { readonly columns: string; readonly join: string }
  /** An amount, what it is taken from, how much of that is taken already, and how far it may go. */
  readonly measure: string
  readonly steps: string
  readonly exhausted: string
  /** What is written besides, where somebody listens to each single use. */
  readonly telling: string
}

const counted: Form = {
  name: 'metering-record-counted',
  columns,
  account: { columns: '', join: '' },
  measure: `quantity as amount, feature_id as pool_feature, window_number as pool_window, total + reserved as base,
    ceiling as edge`,
  steps: quotaSteps,
  exhausted: quotaExhausted,
  telling: '',
}

const drawn: Form = {
  name: 'metering-record-drawn',
  columns: [...columns, ...ledgerColumns],
  account: {
    columns: `account.balance, account.reserved as account_reserved, account.plan_credits, account.purchased_credits,
      account.model, account.may_overdraw, account.granted_credits, account.last_refill, account.low_told, account.entries,`,
    join: `left join lateral (
      select model, balance, plan_credits, purchased_credits, may_overdraw, granted_credits, last_refill, low_told, entries,
        reserved
      from ledger_account a
      where input.cost is not null and a.org_id = $1 and a.subscription_id = input.subscription_id
      for no key update
    ) account on true`,
  },
  measure: `coalesce(cost, quantity) as amount,
    case when cost is null then feature_id end as pool_feature, case when cost is null then window_number end as pool_window,
    case
      when cost is null then total + reserved
      when model = 'credits' then (account_reserved - plan_credits - purchased_credits)::numeric
      else coalesce(account_reserved - balance, 0)::numeric
    end as base,
    case when cost is null then ceiling when may_overdraw then coalesce(ceiling, ${deepestOverdraft}) else 0 end as edge`,
  steps: `${quotaSteps}, ${ledgerSteps}
  )`,
  exhausted: `${quotaExhausted} union all ${ledgerExhausted}`,
  telling: '',
}

/** The same where somebody listens to each single use: a row of the outbox for each event. Nobody else pays for it. */
const told = (form: Form): Form => ({
  ...form,
  name: `${form.name}-told`,
  columns: [...form.columns, ...toldColumns],
  telling: `usage_told as (
    insert into event (org_id, id, type, customer_id, data, occurred_at, created_at)
    select $1, notice_id, 'usage.recorded', customer_id, notice, created_at, created_at
    from accepted where notice_id is not null order by subscription_id, position
  ), `,
})
const [countedAndTold, drawnAndTold] = [told(counted), told(drawn)]

/**
 * One statement, one round trip, one organisation. Counters are locked in the order of their keys before anything else is
 * written; keys are inserted in order as well, so that batches of several processes wait for each other and never deadlock.
 * Every table is entered by its whole key, event by event: what a batch costs does not depend on how much is stored.
 *
 *   judged    what stands against an event before its amount is looked at; the first reason that applies
 *   measured  what an event takes and from what: its quantity from its counter up to the ceiling, or its cost from the ledger
 *             account (which counts up to zero from what it holds, negatively). What reservations hold counts as used
 *   settled   amounts in the order of arrival: the longest run that fits is recorded. Behind the first that does not fit, those
 *             that could not fit even then are refused, and the rest stays undecided for the next batch
 *   exhausted events that end their customer's usage or leave little of it: unless $3 they fail the whole batch with `has to tell`,
 *             because they are told with the customer's state or by mail, which takes a transaction
 *   lost      a key that another process took after this statement began: the whole batch fails with `key taken meanwhile`
 */
const textOf = (form: Form): string => `
  with judged as materialized (
    select input.*, counter.total, counter.reserved, counter.told, ${form.account.columns}
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
      select * from unnest(${form.columns.map(({ type }, index) => `$${index + 4}::${type}[]`).join(', ')})
      with ordinality as input (${form.columns.map(({ name }) => name).join(', ')}, position)
      order by subscription_id, feature_id, window_number, position
    ) input
    ${form.account.join}
    left join lateral (
      select total, reserved, told, epoch, closed from usage_counter c
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
    select *, ${form.measure} from judged
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
    select *, ${quotaLevelOfEvent} as level from settled where outcome = 'recorded'
  ), wanted_key as materialized (
    select 'body' as kind, body_key as key, event_id, null::bytea as fingerprint from accepted where body_key is not null
    union all
    select 'request', request_key, event_id, fingerprint from accepted where request_key is not null
  ), taken_key as (
    insert into usage_event_key (org_id, kind, key, event_id, recorded_at, fingerprint)
    select $1, kind, key, event_id, $2, fingerprint from wanted_key order by kind, key
    on conflict do nothing returning key
  ), recorded as (
    insert into usage_event (org_id, id, recorded_at, subscription_id, customer_id, feature_id, window_number, quantity, ts,
      late, idempotency_key, properties, tokens, created_at)
    select $1, event_id, $2, subscription_id, customer_id, feature_id, window_number, quantity, ts, late, body_key,
      properties, tokens, created_at
    from accepted order by event_id
  ), counted as (
    update usage_counter c
    set total = c.total + sums.quantity, events = c.events + sums.events, told = greatest(c.told, sums.level)
    from (
      select subscription_id, feature_id, window_number, sum(quantity) as quantity, count(*) as events, max(level) as level
      from accepted group by subscription_id, feature_id, window_number
    ) sums
    where c.org_id = $1 and c.subscription_id = sums.subscription_id and c.feature_id = sums.feature_id
      and c.window_number = sums.window_number
  ), ${form.steps}, ${form.telling}exhausted as materialized (${form.exhausted}
  ), lost as materialized (
    select case
        when not $3::bool and exists (select from exhausted)
          then ('has to tell, event ' || (select min(position) from exhausted))::int
        when (select count(*) from taken_key) < (select count(*) from wanted_key)
          then ('key taken meanwhile, one of ' || (select count(*) from wanted_key))::int
        else 0
      end as keys
  )
  select outcome, settled.held, earlier_id, earlier_at, exhausted.type as exhausts, exhausted.held as exhausted_at, lost.keys
  from settled cross join lost left join exhausted on exhausted.position = settled.position order by settled.position`

const statements = new Map([counted, drawn, countedAndTold, drawnAndTold].map((form) => [form, textOf(form)]))

type Row = {
  outcome: Exclude<Outcome['kind'], 'short'>
  held: string | null
  earlier_id: string | null
  earlier_at: Temporal.Instant | null
  exhausts: Exhaustion['type'] | null
  exhausted_at: string | null
}

/** Another process recorded an event under one of the batch's keys meanwhile; nothing of the batch was written. */
export class KeyTakenMeanwhile extends Error {
  override readonly name = 'KeyTakenMeanwhile'
}

/** An event of the batch passes what is told in a transaction; nothing of the batch was written. */
export class HasToTell extends Error {
  override readonly name = 'HasToTell'
}

/**
 * Records events of one organisation in one durable step; each gets its own outcome, in their order. Two events of a batch
 * may not claim the same unused key. `recordedAt` is machine time. HasToTell for what only `writeEventsIn` can record.
 */
export async function writeEvents(
  pool: pg.Pool,
  orgId: string,
  candidates: readonly Candidate[],
  recordedAt: Temporal.Instant,
): Promise<readonly Outcome[]> {
  const form = formOf(candidates)
  const values = valuesOf(form, orgId, candidates, recordedAt, false)
  return outcomesOf(candidates, () => pool.query<Row>({ name: form.name, text: textFor(form), values }))
}

/**
 * The same inside a transaction that has more to do than to record: what it writes besides counts for the statement, and an
 * outcome that is not wanted is undone by rolling back. Whoever calls it tells what the outcomes exhaust.
 */
export async function writeEventsIn(
  tx: Tx,
  orgId: string,
  candidates: readonly Candidate[],
  recordedAt: Temporal.Instant,
): Promise<readonly Outcome[]> {
  // Joins run as they are written: an account is locked before the counters of its subscription.
  await sql`select set_config('join_collapse_limit', '1', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)`.execute(tx)
  const form = formOf(candidates)
  const values = valuesOf(form, orgId, candidates, recordedAt, true)
  return outcomesOf(candidates, () => tx.executeQuery<Row>(CompiledQuery.raw(textFor(form), values)))
}

function formOf(candidates: readonly Candidate[]): Form {
  const isDrawn = candidates.some(({ draw }) => draw !== null)
  if (!candidates.some(({ isTold }) => isTold)) return isDrawn ? drawn : counted
  return isDrawn ? drawnAndTold : countedAndTold
}

function textFor(form: Form): string {
  const text = statements.get(form)
  assert(text !== undefined)
  return text
}

function valuesOf(
  form: Form,
  orgId: string,
  candidates: readonly Candidate[],
  recordedAt: Temporal.Instant,
  mayTell: boolean,
): unknown[] {
  return [orgId, recordedAt, mayTell, ...form.columns.map((column) => candidates.map(column.of))]
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
    if (isAbout(error, 'key taken meanwhile')) throw new KeyTakenMeanwhile()
    throw isAbout(error, 'has to tell') ? new HasToTell() : error
  }
}

/** The payload of `usage.recorded`. */
function toldUsage({ event, subscriptionId }: Candidate) {
  const { id, customerId, feature, value, timestamp } = event
  return {
    subscriptionId,
    customerId,
    usageEventId: id,
    featureCode: feature,
    value: quantityToNumber(value),
    ts: timestamp.toString({ smallestUnit: 'millisecond', roundingMode: 'floor' }),
  }
}

// What costs nothing is never too much, however deep an overdraft may be.
function edgeTextOf({ ceiling, draw }: Candidate): string | null {
  if (!draw) return ceiling === null ? null : quantityToText(ceiling)
  const deepest = draw.cost === 0n ? null : (draw.overdraftCap ?? null)
  return deepest === null ? null : String(deepest)
}

function outcomeOf(row: Row, candidate: Candidate | undefined): Outcome {
  switch (row.outcome) {
    case 'replay':
      assert(row.earlier_id !== null && row.earlier_at !== null)
      return { kind: 'replay', eventId: row.earlier_id, recordedAt: row.earlier_at }
    case 'refused': {
      const used = quantityOf(row.held)
      assert(candidate)
      // An account counts up to zero from what it holds: what is left is the other side of it.
      return candidate.draw ? { kind: 'short', left: -used / quantityScale } : { kind: 'refused', used }
    }
    case 'recorded':
      return row.exhausts === null ? recorded : { kind: 'recorded', exhausts: exhaustionOf(row.exhausts, row) }
    default:
      return { kind: row.outcome }
  }
}

const recorded: Outcome = { kind: 'recorded', exhausts: null }

function exhaustionOf(type: Exhaustion['type'], row: Row): Exhaustion {
  const held = quantityOf(row.exhausted_at)
  return type === 'quota.exceeded' ? { type, used: held } : { type, left: held / quantityScale }
}

function quantityOf(text: string | null): bigint {
  const quantity = parseQuantity(text ?? '')
  assert(quantity !== undefined, `${text} is an amount`)
  return quantity
}

function isAbout(error: unknown, failure: string): boolean {
  return error instanceof Error && error.message.includes(failure)
}
