import assert from 'node:assert/strict'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { unknownReservation } from '#metering/actions/commit-reservation.ts'
import { type Reservation, statusAt } from '#metering/reservation.ts'
import { findReservation } from '#metering/reservations.store.ts'
import type { Context } from '#organisations/org.ts'

/** A reservation with the name its customer is shown under. */
export type ShownReservation = { readonly reservation: Reservation; readonly customerId: string }

/** One reservation. 404 not_found. */
export async function readReservation(db: Db, context: Context, id: string): Promise<ShownReservation> {
  const reservation = await findReservation(db, context.org.id, id)
  if (!reservation) throw unknownReservation(id)
  return showReservation(db, context, reservation)
}

/** A reservation as it is now: one whose time is over has expired, also when nobody has noted that yet. */
export async function showReservation(
  db: Db,
  { org, now }: Context,
  reservation: Reservation,
): Promise<ShownReservation> {
  const customer = (await findCustomersById(db, org.id, [reservation.customerId])).get(reservation.customerId)
  assert(customer, `customer ${reservation.customerId} exists`)
  const status = statusAt(reservation, now)
  const settledAt = status === 'expired' ? reservation.expiresAt : reservation.settledAt
  return { reservation: { ...reservation, status, settledAt }, customerId: publicCustomerId(customer) }
}
