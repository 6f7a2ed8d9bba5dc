import { sql } from 'kysely'
import type { Tx } from '#database/transaction.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import { StaleOrganisation } from '#http/operation.ts'
import { commitReservation } from '#metering/actions/commit-reservation.ts'
import { releaseReservation } from '#metering/actions/release-reservation.ts'
import { type ReservationRequest, reserveUsage } from '#metering/actions/reserve-usage.ts'
import type { Metering } from '#metering/metering.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Context, Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/** What became of a request: the id of what it made, or the code of the refusal. */
export type Done = { readonly id: string } | { readonly refused: string }

export type Hold = Pick<ReservationRequest, 'customerId' | 'featureCode' | 'quantity'> & Partial<ReservationRequest>

/** Reserves as a request does. */
export function reserve(metering: Metering, context: Context, hold: Hold): Promise<Done> {
  const request = { tokens: null, ownKey: null, expiresInSeconds: 300, ...hold }
  return asRequest(metering.db, context, async (tx, at) => {
    const { reservation } = await reserveUsage(tx, metering, at, request)
    return reservation.id
  })
}

/** Commits a reservation as a request does; what was reserved where no quantity is given. */
export function commit(metering: Metering, context: Context, id: string, quantity?: Quantity): Promise<Done> {
  return asRequest(metering.db, context, async (tx, at) => {
    const event = await commitReservation(tx, metering, at, { id, quantity, tokens: null })
    return event.id
  })
}

/** Releases a reservation as a request does; gives its status afterwards. */
export function release(metering: Metering, context: Context, id: string): Promise<Done> {
  return asRequest(metering.db, context, async (tx, at) => (await releaseReservation(tx, at, id)).status)
}

// A stale organisation is read anew and the request runs again in another transaction.
async function asRequest(db: Db, context: Context, work: (tx: Tx, context: Context) => Promise<string>): Promise<Done> {
  let at = context
  for (;;) {
    try {
      return { id: await inTransaction(db, (tx) => work(tx, at)) }
    } catch (error) {
      if (error instanceof Problem) return { refused: error.code }
      if (!(error instanceof StaleOrganisation)) throw error
      const org = await findOrg(db, context.org.id)
      if (!org) throw error
      at = { ...at, org }
    }
  }
}

/** Every pool of an organisation whose reserved amount is not the sum of the open holds on it, or more than it has: there may be none. */
export async function unbalancedPools(db: Db, org: Org): Promise<string[]> {
  const { rows } = await sql<{ pool: string }>`
    select c.subscription_id || ' ' || c.window_number || ': ' || c.reserved || ' <> ' || coalesce(r.held, 0) as pool
    from usage_counter c
    left join (
      select subscription_id, feature_id, window_number, sum(held_units) as held
      from usage_reservation where org_id = ${org.id} and status = 'held' group by 1, 2, 3
    ) r using (subscription_id, feature_id, window_number)
    where c.org_id = ${org.id} and c.reserved <> coalesce(r.held, 0)
    union all
    select a.subscription_id || ': ' || a.reserved || ' <> ' || coalesce(r.held, 0)
    from ledger_account a
    left join (
      select subscription_id, sum(held_funds) as held
      from usage_reservation where org_id = ${org.id} and status = 'held' group by 1
    ) r using (subscription_id)
    where a.org_id = ${org.id} and (a.reserved <> coalesce(r.held, 0) or a.reserved > case
      when a.model = 'credits' then a.plan_credits + a.purchased_credits
      when a.may_overdraw then a.reserved
      else a.balance
    end)`.execute(db)
  return rows.map(({ pool }) => pool)
}

/** How many reservations of an organisation are in each status. */
export async function countStatuses(db: Db, org: Org): Promise<Record<string, number>> {
  const { rows } = await sql<{ status: string; count: bigint }>`
    select status, count(*) from usage_reservation where org_id = ${org.id} group by status order by status`.execute(db)
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]))
}
