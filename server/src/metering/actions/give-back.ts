import assert from 'node:assert/strict'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { addReserved, type CounterKey, inLockOrder, lockCounter } from '#metering/counters.store.ts'
import { addReservedFunds, lockAccount } from '#metering/ledger-accounts.store.ts'
import type { Reservation } from '#metering/reservation.ts'
import { expireReservations, findRunOut } from '#metering/reservations.store.ts'

/**
 * Locks what reservations of one subscription hold, in the one order: the account, then counters. Who holds these locks may end
 * the holds; `besides` are counters that are needed as well.
 */
export async function lockHolds(
  tx: Tx,
  orgId: string,
  holds: readonly Reservation[],
  besides: { readonly account?: boolean; readonly counters?: readonly CounterKey[] } = {},
): Promise<void> {
  const [first] = holds
  assert(first, 'there is something to lock')
  if (besides.account || holds.some(({ model }) => model !== 'metered'))
    await lockAccount(tx, orgId, first.subscriptionId)
  const counters = [...holds.filter(({ model }) => model === 'metered'), ...(besides.counters ?? [])]
  for (const counter of inLockOrder(counters)) await lockCounter(tx, orgId, counter)
}

/** Gives back what holds kept that have just ended; their pools are locked. */
export async function giveBack(tx: Tx, orgId: string, ended: readonly Reservation[]): Promise<void> {
  for (const { subscriptionId, featureId, windowNumber, heldUnits, heldFunds } of ended) {
    await addReserved(tx, orgId, { subscriptionId, featureId, windowNumber }, -heldUnits)
    await addReservedFunds(tx, orgId, subscriptionId, -heldFunds)
  }
}

/**
 * Ends the holds of a subscription whose time is over, in a transaction of its caller; `isMeant` leaves out those whose pool may
 * not be locked any more. Returns how many there were.
 */
export async function expireHolds(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  now: Temporal.Instant,
  isMeant: (hold: Reservation) => boolean = () => true,
): Promise<number> {
  const over = (await findRunOut(tx, orgId, subscriptionId, now)).filter(isMeant)
  if (over.length === 0) return 0
  await lockHolds(tx, orgId, over)
  const ids = over.map(({ id }) => id)
  const ended = await expireReservations(tx, orgId, ids, now)
  await giveBack(tx, orgId, ended)
  return ended.length
}

/** The same in a transaction of its own, which is begun only where there is something to end. */
export async function giveBackRunOut(
  db: Db,
  orgId: string,
  subscriptionId: string,
  now: Temporal.Instant,
): Promise<number> {
  if ((await findRunOut(db, orgId, subscriptionId, now)).length === 0) return 0
  return inTransaction(db, (tx) => expireHolds(tx, orgId, subscriptionId, now))
}
