import { sql } from 'kysely'
import { fromRow } from '#database/records.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { startInstant, utcDay } from '#time/period.ts'

/** How long workers leave a test clock that was just moved to whoever moved it: they are about to process billing. */
const clockGraceSeconds = 3

const isBeingPaid = sql<boolean>`exists (
  select from payment_transaction attempt
  where attempt.org_id = invoice.org_id and attempt.invoice_id = invoice.id
    and attempt.state in ('started', 'requires_action'))`

// Outstanding invoices that nobody was told are overdue, and the midnight from which they are.
const isUntold = sql<boolean>`invoice.status = 'outstanding' and invoice.finalised_at is not null
  and invoice.overdue_at is null and not ${isBeingPaid}`
const overdueFrom = sql`date_trunc('day', invoice.due_at, 'UTC') + interval '24 hours'`

// Cards that are charged, and the midnight at which their end is to be told.
const isChargedCard = sql<boolean>`payment_method.is_default and payment_method.detached_at is null`
const noticeFrom = sql`payment_method.expiry_notice_on::timestamp at time zone 'UTC'`

/** The sides with something due at their own time (billing.md, Test clock), those that wait longest first. */
export async function findDueSides(db: Db, now: Temporal.Instant): Promise<string[]> {
  const { rows } = await sql<{ org_id: string }>`
    select side.org_id from side
    left join lateral (
      select due_at from subscription where org_id = side.org_id and due_at is not null order by due_at limit 1
    ) step on true
    left join lateral (
      select ${overdueFrom} as due_at from invoice
      where org_id = side.org_id and ${isUntold}
      order by invoice.due_at limit 1
    ) overdue on true
    left join lateral (
      select ${noticeFrom} as due_at from payment_method
      where org_id = side.org_id and ${isChargedCard} and expiry_notice_on is not null
      order by expiry_notice_on limit 1
    ) notice on true
    where least(step.due_at, overdue.due_at, notice.due_at) <= coalesce(side.simulated_time, ${now})
      and (side.clock_moved_at is null or side.clock_moved_at <= ${now.subtract({ seconds: clockGraceSeconds })})
    order by least(step.due_at, overdue.due_at, notice.due_at)`.execute(db)
  return rows.map((row) => row.org_id)
}

export type DueScope = {
  readonly orgId: string
  readonly until: Temporal.Instant
  /** Subscriptions to leave alone: they failed a moment ago. */
  readonly except: readonly string[]
}

// Its customer may still have to answer their bank.
const isChanging = sql<boolean>`exists (
  select from plan_change
  where plan_change.org_id = subscription.org_id and plan_change.subscription_id = subscription.id
    and plan_change.state = 'charging')`

// Whether the next period is billed depends on how the last one's charge ends, or its refund, or a change of plan: until then the
// subscription is not due.
const isBeingCollected = sql<boolean>`exists (
  select from payment_transaction attempt
  where attempt.org_id = subscription.org_id and attempt.subscription_id = subscription.id
    and attempt.state = 'started' and attempt.off_session)
  or exists (
    select from refund
    where refund.org_id = subscription.org_id and refund.subscription_id = subscription.id and refund.state = 'started')
  or ${isChanging}`

/** What is due at one moment, the earliest of all. */
export type NextDue = {
  readonly at: Temporal.Instant
  /** Subscriptions that have a step at that moment: as many as were asked for at most. */
  readonly subscriptions: number
  /** Whether an outstanding invoice is overdue from that moment, which nobody was told of. */
  readonly isOverdue: boolean
  /** Whether the end of a card is to be told from that moment. */
  readonly isCardEnding: boolean
}

/** The earliest moment something is due at, and what; undefined when nothing is. `most`: the subscriptions to count. */
export async function findNextDue(
  db: Db,
  { orgId, until, except }: DueScope,
  most: number,
): Promise<NextDue | undefined> {
  const { rows } = await sql<{ kind: 'step' | 'overdue' | 'card'; due_at: Temporal.Instant }>`
    (select 'step' as kind, due_at from subscription
      where org_id = ${orgId} and due_at <= ${until} and ${isNoneOf(except)} and not (${isBeingCollected})
      order by due_at limit ${most})
    union all
    (select 'overdue', ${overdueFrom} from invoice
      where org_id = ${orgId} and ${isUntold} and due_at < ${startInstant(utcDay(until))}
      order by invoice.due_at limit 1)
    union all
    (select 'card', ${noticeFrom} from payment_method
      where org_id = ${orgId} and ${isChargedCard} and expiry_notice_on <= ${utcDay(until)}
      order by expiry_notice_on limit 1)`.execute(db)
  const at = rows.map(({ due_at: dueAt }) => dueAt).sort(Temporal.Instant.compare)[0]
  if (!at) return undefined
  const kinds = rows.filter(({ due_at: dueAt }) => dueAt.equals(at)).map(({ kind }) => kind)
  return {
    at,
    subscriptions: kinds.filter((kind) => kind === 'step').length,
    isOverdue: kinds.includes('overdue'),
    isCardEnding: kinds.includes('card'),
  }
}

/** Subscriptions of which something is due while a change of plan is being paid. */
export async function listDueWhileChanging(db: Db, { orgId, until }: Omit<DueScope, 'except'>): Promise<string[]> {
  const rows = await db
    .selectFrom('plan_change')
    .innerJoin('subscription', (join) =>
      join
        .onRef('subscription.org_id', '=', 'plan_change.org_id')
        .onRef('subscription.id', '=', 'plan_change.subscription_id'),
    )
    .select('subscription.id')
    .where('plan_change.org_id', '=', orgId)
    .where('plan_change.state', '=', 'charging')
    .where('subscription.due_at', '<=', until)
    .orderBy('subscription.id')
    .execute()
  return rows.map(({ id }) => id)
}

export type ClaimScope = {
  readonly orgId: string
  /** The moment it is due at. */
  readonly at: Temporal.Instant
  /** Begin after this id: what lies before was claimed already. Finished ones need not be passed over each time. */
  readonly after: string
  readonly limit: number
  readonly except: readonly string[]
}

/** Subscriptions of which a step is due, locked, with the version of their side's catalogue. */
export type Claim = { readonly subscriptions: readonly SubscriptionRecord[]; readonly catalogueVersion: bigint }

/**
 * Locks the next due subscriptions that nobody else works on. The locks are the claim: they end with the transaction, or with
 * the process.
 */
export async function claimDue(tx: Tx, scope: ClaimScope): Promise<Claim> {
  const rows = await tx
    .selectFrom('subscription')
    .selectAll('subscription')
    .select(sql<bigint>`(select version from side where side.org_id = ${scope.orgId})`.as('catalogue_version'))
    .where('org_id', '=', scope.orgId)
    .where('due_at', '=', scope.at)
    .where('id', '>', scope.after)
    .where(isNoneOf(scope.except))
    .where(sql<boolean>`not (${isBeingCollected})`)
    .orderBy('id')
    .limit(scope.limit)
    .forNoKeyUpdate()
    .skipLocked()
    .execute()
  return {
    subscriptions: rows.map(({ catalogue_version: _version, ...columns }) => fromRow(columns)),
    catalogueVersion: rows[0]?.catalogue_version ?? 0n,
  }
}

function isNoneOf(ids: readonly string[]) {
  return sql<boolean>`subscription.id <> all(${[...ids]}::text[])`
}

/** Whether a renewal's charge of the organisation is between its record and its outcome at this moment. */
export async function isCollecting(db: Db, orgId: string): Promise<boolean> {
  const row = await db
    .selectFrom('payment_transaction')
    .select('id')
    .where('org_id', '=', orgId)
    .where('state', '=', 'started')
    .where('off_session', '=', true)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Who is billed up to a moment, a page in the order of their subscriptions, which begins after one of them. */
export async function listDueSoon(
  db: Db,
  { orgId, until, after, limit }: Omit<DueScope, 'except'> & { readonly after: string; readonly limit: number },
): Promise<{ readonly id: string; readonly customerId: string; readonly dueAt: Temporal.Instant }[]> {
  const rows = await db
    .selectFrom('subscription')
    .select(['id', 'customer_id', 'due_at'])
    .where('org_id', '=', orgId)
    .where('due_at', '<=', until)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.flatMap(({ id, customer_id: customerId, due_at: dueAt }) => (dueAt ? [{ id, customerId, dueAt }] : []))
}
