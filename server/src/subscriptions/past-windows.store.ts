import { sql } from 'kysely'
import { fromRow } from '#database/records.ts'
import type { Db } from '#database/transaction.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import type { WindowRecord } from '#subscriptions/windows.store.ts'

/** Windows of a plan that were closed after one moment and not after another, of one customer or of all. */
export type PastWindows = {
  readonly planId: string
  readonly after: Temporal.Instant
  readonly until: Temporal.Instant
  readonly customerId: string | null
}

const isPast = (past: PastWindows) => sql`
  w.plan_id = ${past.planId} and w.closed_at > ${past.after} and w.closed_at <= ${past.until}`
const isOf = ({ customerId }: PastWindows) => (customerId === null ? sql`true` : sql`s.customer_id = ${customerId}`)

/** How many there are, and of how many customers. */
export async function countPastWindows(
  db: Db,
  orgId: string,
  past: PastWindows,
): Promise<{ readonly windows: number; readonly customers: number }> {
  const { rows } = await sql<{ windows: bigint; customers: bigint }>`
    select count(*) as windows, count(distinct s.customer_id) as customers
    from subscription_window w join subscription s on s.org_id = w.org_id and s.id = w.subscription_id
    where w.org_id = ${orgId} and ${isPast(past)} and ${isOf(past)}`.execute(db)
  return { windows: Number(rows[0]?.windows ?? 0n), customers: Number(rows[0]?.customers ?? 0n) }
}

/** The next customers who have some, in the order of their ids: a page of a walk through all of them. */
export async function customersWithPastWindows(
  db: Db,
  orgId: string,
  past: PastWindows,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ customer_id: string }>`
    select s.customer_id from subscription s
    where s.org_id = ${orgId} and s.customer_id > ${after} and ${isOf(past)} and exists (
      select 1 from subscription_window w where w.org_id = s.org_id and w.subscription_id = s.id and ${isPast(past)}
    )
    group by s.customer_id order by s.customer_id limit ${limit}`.execute(db)
  return rows.map(({ customer_id }) => customer_id)
}

/** Every subscription some customers ever had, by customer and in the order they were made. */
export async function subscriptionsOfCustomers(
  db: Db,
  orgId: string,
  customerIds: readonly string[],
): Promise<SubscriptionRecord[]> {
  const rows = await db
    .selectFrom('subscription')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', 'in', [...customerIds])
    .orderBy('customer_id')
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** The windows of some subscriptions that are open or were closed after a moment, in their order, by subscription id. */
export async function windowsSince(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
  closedAfter: Temporal.Instant,
): Promise<Map<string, WindowRecord[]>> {
  const rows = await db
    .selectFrom('subscription_window')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where((where) => where.or([where('closed_at', 'is', null), where('closed_at', '>', closedAfter)]))
    .orderBy('subscription_id')
    .orderBy('number')
    .execute()
  return Map.groupBy(rows.map(fromRow), ({ subscriptionId }) => subscriptionId)
}
