import assert from 'node:assert/strict'
import { type Selectable, sql } from 'kysely'
import type { UsageReservationTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Reservation, TokenCounts } from '#metering/reservation.ts'
import { parseQuantity, type Quantity, quantityToText } from '#money/quantity.ts'

/** Writes a reservation; false when another one has its own key. */
export async function insertReservation(tx: Tx, orgId: string, reservation: Reservation): Promise<boolean> {
  const row = await tx
    .insertInto('usage_reservation')
    .values({
      org_id: orgId,
      id: reservation.id,
      customer_id: reservation.customerId,
      subscription_id: reservation.subscriptionId,
      feature_id: reservation.featureId,
      feature_code: reservation.featureCode,
      window_number: reservation.windowNumber,
      model: reservation.model,
      status: reservation.status,
      quantity: quantityToText(reservation.quantity),
      held_units: quantityToText(reservation.heldUnits),
      held_funds: reservation.heldFunds,
      tokens: reservation.tokens && JSON.stringify(reservation.tokens),
      own_key: reservation.ownKey,
      expires_at: reservation.expiresAt,
      created_at: reservation.createdAt,
    })
    .onConflict((conflict) => conflict.columns(['org_id', 'own_key']).where('own_key', 'is not', null).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function findReservation(db: Db, orgId: string, id: string): Promise<Reservation | undefined> {
  const row = await db
    .selectFrom('usage_reservation')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && reservationOf(row)
}

/** The reservation that was made under an idempotencyKey. */
export async function findReservationByKey(db: Db, orgId: string, ownKey: string): Promise<Reservation | undefined> {
  const row = await db
    .selectFrom('usage_reservation')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('own_key', '=', ownKey)
    .executeTakeFirst()
  return row && reservationOf(row)
}

export type Settlement =
  | { readonly status: 'released' | 'expired'; readonly at: Temporal.Instant }
  | {
      readonly status: 'committed'
      readonly at: Temporal.Instant
      readonly usageEventId: string
      readonly committed: Quantity
    }

/**
 * Ends a hold, once; undefined when it was ended before. The caller has locked the pool it was taken from, and gives back what
 * the answer says it held.
 */
export async function settleReservation(
  tx: Tx,
  orgId: string,
  id: string,
  settlement: Settlement,
): Promise<Reservation | undefined> {
  const used =
    settlement.status === 'committed'
      ? { usage_event_id: settlement.usageEventId, committed: quantityToText(settlement.committed) }
      : {}
  const row = await tx
    .updateTable('usage_reservation')
    .set({ status: settlement.status, settled_at: settlement.at, ...used })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('status', '=', 'held')
    .returningAll()
    .executeTakeFirst()
  return row && reservationOf(row)
}

/** Those of a subscription that are open although their time is over. */
export async function findRunOut(
  db: Db,
  orgId: string,
  subscriptionId: string,
  now: Temporal.Instant,
): Promise<Reservation[]> {
  const rows = await db
    .selectFrom('usage_reservation')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('status', '=', 'held')
    .where('expires_at', '<=', now)
    .orderBy('id')
    .execute()
  return rows.map(reservationOf)
}

/** Ends those of some holds that are still open and over; each ends at its own time. Returns what they held. */
export async function expireReservations(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
  now: Temporal.Instant,
): Promise<Reservation[]> {
  const rows = await tx
    .updateTable('usage_reservation')
    .set({ status: 'expired', settled_at: sql`expires_at` })
    .where('org_id', '=', orgId)
    .where('id', 'in', ids)
    .where('status', '=', 'held')
    .where('expires_at', '<=', now)
    .returningAll()
    .execute()
  return rows.map(reservationOf)
}

/** Ends every hold of a subscription: its pools are locked and emptied by the caller. */
export async function releaseReservations(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('usage_reservation')
    .set({ status: 'released', settled_at: now })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('status', '=', 'held')
    .execute()
}

/** The open holds on a subscription's account, oldest first. */
export async function findOpenHolds(tx: Tx, orgId: string, subscriptionId: string): Promise<Reservation[]> {
  const rows = await tx
    .selectFrom('usage_reservation')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('status', '=', 'held')
    .where('held_funds', '>', 0n)
    .orderBy('id')
    .execute()
  return rows.map(reservationOf)
}

/** Leaves an open hold so much of its account, which the caller has locked. */
export async function keepHeldFunds(tx: Tx, orgId: string, id: string, funds: bigint): Promise<void> {
  await tx
    .updateTable('usage_reservation')
    .set({ held_funds: funds })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('status', '=', 'held')
    .execute()
}

/** A subscription with holds that have run out, and the time of its organisation. */
export type RunOutHolder = {
  readonly orgId: string
  readonly subscriptionId: string
  readonly now: Temporal.Instant
}

/** Subscriptions with holds that have run out by the clock of their side, `limit` holds of each side at most. */
export async function findRunOutHolders(
  db: Db,
  machineNow: Temporal.Instant,
  limit: number,
): Promise<readonly RunOutHolder[]> {
  const { rows } = await sql<{ org_id: string; subscription_id: string; now: Temporal.Instant }>`
    select distinct side.org_id, due.subscription_id, coalesce(side.simulated_time, ${machineNow}) as now
    from side
    cross join lateral (
      select subscription_id from usage_reservation
      where org_id = side.org_id and status = 'held' and expires_at <= coalesce(side.simulated_time, ${machineNow})
      order by expires_at limit ${limit}
    ) due`.execute(db)
  return rows.map((row) => ({ orgId: row.org_id, subscriptionId: row.subscription_id, now: row.now }))
}

function reservationOf(row: Selectable<UsageReservationTable>): Reservation {
  return {
    id: row.id,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    featureId: row.feature_id,
    featureCode: row.feature_code,
    windowNumber: row.window_number,
    model: row.model,
    status: row.status,
    quantity: quantityOf(row.quantity),
    heldUnits: quantityOf(row.held_units),
    heldFunds: row.held_funds,
    tokens: row.tokens as unknown as TokenCounts | null,
    ownKey: row.own_key,
    expiresAt: row.expires_at,
    usageEventId: row.usage_event_id,
    committed: row.committed === null ? null : quantityOf(row.committed),
    settledAt: row.settled_at,
    createdAt: row.created_at,
  }
}

function quantityOf(text: string): Quantity {
  const quantity = parseQuantity(text)
  assert(quantity !== undefined, `a reservation holds ${text}`)
  return quantity
}
