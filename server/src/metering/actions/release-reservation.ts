import type { Tx } from '#database/transaction.ts'
import { unknownReservation } from '#metering/actions/commit-reservation.ts'
import { giveBack, lockHolds } from '#metering/actions/give-back.ts'
import { decideRelease, type Reservation } from '#metering/reservation.ts'
import { findReservation, settleReservation } from '#metering/reservations.store.ts'
import type { Context } from '#organisations/org.ts'

/**
 * Gives back what a reservation holds. One that holds nothing any more is answered as it is: 404 not_found, and 409
 * invalid_subscription_status when it was committed.
 */
export async function releaseReservation(tx: Tx, { org, now }: Context, id: string): Promise<Reservation> {
  const found = await findReservation(tx, org.id, id)
  if (!found) throw unknownReservation(id)
  if (decideRelease(found, now) === 'unchanged') return found
  await lockHolds(tx, org.id, [found])
  // Read anew behind the lock, with which every hold ends.
  const held = (await findReservation(tx, org.id, id)) ?? found
  const status = decideRelease(held, now)
  if (status === 'unchanged') return held
  const at = status === 'expired' ? held.expiresAt : now
  const ended = await settleReservation(tx, org.id, id, { status, at })
  if (!ended) return held
  await giveBack(tx, org.id, [ended])
  return ended
}
