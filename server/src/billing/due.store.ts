import { sql } from 'kysely'
import type { Db } from '#database/transaction.ts'

/** Work is shared out by subscription: as many jobs side by side as there are shares. */
export const shares = 8

export type DueShare = { readonly orgId: string; readonly share: number }

/** How long workers leave a test clock that was just moved to whoever moved it: they are about to process billing. */
const clockGraceSeconds = 3

// An organisation with a moved test clock lives in its own time (billing.md, Test clock).
const isDue = (now: Temporal.Instant) => sql<boolean>`(
  subscription.due_at <= coalesce(side.simulated_time, ${now})
  and (side.clock_moved_at is null or side.clock_moved_at <= ${now.subtract({ seconds: clockGraceSeconds })})
)`
const shareOf = sql<number>`abs(hashtext(subscription.id)) % ${sql.lit(shares)}`

/** Which shares of which organisations have something due. */
export async function findDueShares(db: Db, now: Temporal.Instant): Promise<DueShare[]> {
  const rows = await db
    .selectFrom('subscription')
    .innerJoin('side', 'side.org_id', 'subscription.org_id')
    .select(['subscription.org_id', shareOf.as('share')])
    .where('subscription.due_at', 'is not', null)
    .where(isDue(now))
    .groupBy(['subscription.org_id', 'share'])
    .execute()
  return rows.map((row) => ({ orgId: row.org_id, share: row.share }))
}

export type DuePage = {
  readonly orgId: string
  readonly until: Temporal.Instant
  readonly share?: number
  readonly limit: number
}

/** Due subscriptions of one organisation in the order of their ids; of one share when it is given. */
export async function findDue(db: Db, page: DuePage, after: string | null): Promise<{ id: string }[]> {
  let query = db
    .selectFrom('subscription')
    .select('id')
    .where('org_id', '=', page.orgId)
    .where('due_at', '<=', page.until)
  if (page.share !== undefined) query = query.where(shareOf, '=', page.share)
  if (after !== null) query = query.where('id', '>', after)
  const rows = await query.orderBy('id').limit(page.limit).execute()
  return rows
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
