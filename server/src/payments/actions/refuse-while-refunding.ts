import type { Tx } from '#database/transaction.ts'
import { findRefunding } from '#payments/refunds.store.ts'
import { Problem } from '#problem.ts'

/**
 * Refuses to sell anything to a subscription one of whose payments is being given back: its period may be over in a moment. The caller
 * holds the subscription's lock. 409 charge_in_progress.
 */
export async function refuseWhileRefunding(tx: Tx, orgId: string, subscriptionId: string): Promise<void> {
  if ((await findRefunding(tx, orgId, [subscriptionId])).size === 0) return
  throw new Problem(
    'charge_in_progress',
    `A payment of the subscription ${subscriptionId} is being given back. Try again in a minute.`,
  )
}
