import { type Selectable, sql } from 'kysely'
import { type ChangesOf, fromRow, type RecordOf, toRow } from '#database/records.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { type LedgerEntry, type Movement, move } from '#metering/ledger-movements.ts'

type Row = Selectable<Tables['ledger_account']>
export type AccountRecord = Omit<RecordOf<Row>, 'orgId'>

/** Locks an account: whoever draws on it waits. Call it before the counters of its subscription are locked. */
export async function lockAccount(tx: Tx, orgId: string, subscriptionId: string): Promise<AccountRecord | undefined> {
  const row = await tx
    .selectFrom('ledger_account')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The accounts of some subscriptions, by subscription id. */
export async function findAccounts(db: Db, orgId: string, ids: readonly string[]): Promise<Map<string, AccountRecord>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('ledger_account')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.subscription_id, fromRow(row)]))
}

/** The window in which an invoice's purchase was added; undefined when none was. */
export async function windowOfPurchase(
  db: Db,
  orgId: string,
  subscriptionId: string,
  invoiceId: string,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('ledger_entry')
    .select('window_number')
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('invoice_id', '=', invoiceId)
    .where('kind', 'in', ['purchase', 'top_up'])
    .executeTakeFirst()
  return row?.window_number
}

/** Opens an account that holds nothing. */
export async function insertAccount(
  tx: Tx,
  orgId: string,
  account: Pick<AccountRecord, 'subscriptionId' | 'model' | 'windowNumber' | 'epoch'>,
): Promise<AccountRecord> {
  const row = await tx
    .insertInto('ledger_account')
    .values({
      org_id: orgId,
      subscription_id: account.subscriptionId,
      model: account.model,
      window_number: account.windowNumber,
      epoch: account.epoch,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/**
 * Enters movements in a locked account, in their order, each with what is held after it, together with other changes of the
 * account. What must not become negative violates the account's constraints.
 */
export async function enterMovements(
  tx: Tx,
  orgId: string,
  account: AccountRecord,
  movements: readonly Movement[],
  input: { readonly at: Temporal.Instant; readonly changes?: ChangesOf<Row> },
): Promise<AccountRecord> {
  const { held, entries } = move(account, movements)
  const changes = { ...input.changes, ...held, entries: account.entries + BigInt(entries.length) }
  const row = await tx
    .updateTable('ledger_account')
    .set(toRow<Omit<Row, 'org_id' | 'subscription_id'>>(changes))
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', account.subscriptionId)
    .where('entries', '=', account.entries)
    .returningAll()
    .executeTakeFirstOrThrow()
  const after = fromRow(row)
  if (entries.length > 0) await insertEntries(tx, orgId, after, entries, input.at)
  return after
}

/**
 * Notes in a locked account how far its customer is told by mail in this window: 1 that little is left, 2 that nothing is. Undefined
 * when as much was told before.
 */
export async function raiseMailed(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  level: number,
): Promise<AccountRecord | undefined> {
  const row = await tx
    .updateTable('ledger_account')
    .set({ mailed: level })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('mailed', '<', level)
    .returningAll()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Changes what reservations hold of a locked account by a signed amount: credits, or rate scale. No entry: nothing moves. */
export async function addReservedFunds(tx: Tx, orgId: string, subscriptionId: string, amount: bigint): Promise<void> {
  if (amount === 0n) return
  await tx
    .updateTable('ledger_account')
    .set({ reserved: sql`reserved + ${amount}::bigint` })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .executeTakeFirstOrThrow()
}

async function insertEntries(
  tx: Tx,
  orgId: string,
  after: AccountRecord,
  entries: readonly LedgerEntry[],
  at: Temporal.Instant,
): Promise<void> {
  const first = after.entries - BigInt(entries.length) + 1n
  await tx
    .insertInto('ledger_entry')
    .values(
      entries.map((entry, index) => ({
        org_id: orgId,
        subscription_id: after.subscriptionId,
        number: first + BigInt(index),
        kind: entry.kind,
        plan_credits: entry.planCredits,
        purchased_credits: entry.purchasedCredits,
        balance: entry.balance,
        plan_credits_after: entry.after.planCredits,
        purchased_credits_after: entry.after.purchasedCredits,
        balance_after: entry.after.balance,
        window_number: after.windowNumber,
        invoice_id: entry.invoiceId,
        reason: entry.reason,
        occurred_at: at,
      })),
    )
    .execute()
}

/** Entries of an account that belong together: usage of one day, or a single movement. `first` is the oldest one's number. */
export type AccountEntry = {
  readonly kind: Tables['ledger_entry']['kind']
  readonly first: bigint
  readonly occurredAt: Temporal.Instant
  readonly credits: bigint
  readonly balance: bigint
  readonly creditsAfter: bigint
  readonly balanceAfter: bigint
}

/** Entries that are looked at for one page: an account may have millions. */
const mostRead = 5000

/** What came in and what went out, newest first, before the entry of that number when it is given. Usage of a day is one. */
export async function listEntries(
  db: Db,
  orgId: string,
  subscriptionId: string,
  { before, limit }: { readonly before: bigint | null; readonly limit: number },
): Promise<AccountEntry[]> {
  const { rows } = await sql<AccountEntry>`
    with recent as (
      select *, (occurred_at at time zone 'UTC')::date as day from ledger_entry
      where org_id = ${orgId} and subscription_id = ${subscriptionId} and (${before}::bigint is null or number < ${before}::bigint)
      order by number desc limit ${mostRead}
    ), marked as (
      select *, case when kind = 'consumption' and lag(kind) over newest = 'consumption' and lag(day) over newest = day
        then 0 else 1 end as begins
      from recent window newest as (order by number desc)
    ), grouped as (
      select *, sum(begins) over (order by number desc) as line from marked
    )
    select min(kind) as kind, min(number) as first, max(occurred_at) as "occurredAt",
      sum(plan_credits + purchased_credits)::bigint as credits, sum(balance)::bigint as balance,
      (array_agg(plan_credits_after + purchased_credits_after order by number desc))[1] as "creditsAfter",
      (array_agg(balance_after order by number desc))[1] as "balanceAfter"
    from grouped group by line order by line limit ${limit}`.execute(db)
  return rows
}
