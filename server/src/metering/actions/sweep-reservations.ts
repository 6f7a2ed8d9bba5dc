import type { Db } from '#database/transaction.ts'
import { giveBackRunOut } from '#metering/actions/give-back.ts'
import { findRunOutHolders } from '#metering/reservations.store.ts'
import type { Clock } from '#time/clock.ts'

export type ReservationSweep = {
  /** Holds that were given back. */
  readonly expired: number
  /** Subscriptions whose turn ended in a bug or a lock; they are looked at again. */
  readonly troubled: readonly { readonly orgId: string; readonly subscriptionId: string; readonly error: unknown }[]
}

/** Gives back what holds that have run out kept, by the clock of their organisation. May run anywhere, as often as one likes. */
export async function sweepReservations(
  { db, machineNow }: { readonly db: Db; readonly machineNow: Clock },
  limit: number,
): Promise<ReservationSweep> {
  let expired = 0
  const troubled: { orgId: string; subscriptionId: string; error: unknown }[] = []
  for (const { orgId, subscriptionId, now } of await findRunOutHolders(db, machineNow(), limit)) {
    try {
      expired += await giveBackRunOut(db, orgId, subscriptionId, now)
    } catch (error) {
      troubled.push({ orgId, subscriptionId, error })
    }
  }
  return { expired, troubled }
}
