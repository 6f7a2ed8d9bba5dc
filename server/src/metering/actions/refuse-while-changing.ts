import type { Tx } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { findOpenChange } from '#subscriptions/plan-changes.store.ts'

/** 409 charge_in_progress while a change of a locked subscription's plan is paid: until then nothing else of it changes. */
export async function refuseWhileChanging(tx: Tx, org: Pick<Org, 'id'>, subscriptionId: string): Promise<void> {
  const open = await findOpenChange(tx, org.id, subscriptionId)
  if (open?.state !== 'charging') return
  throw new Problem('charge_in_progress', 'A change of the plan is being paid at this moment. Try again in a minute.')
}
