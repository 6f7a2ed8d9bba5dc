import type { Tx } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { findBeingPaid } from '#payments/attempt-lists.store.ts'
import { Problem } from '#problem.ts'
import { findOpenChange } from '#subscriptions/plan-changes.store.ts'

/** 409 charge_in_progress while a change of a locked subscription's plan is paid: until then nothing else of it changes. */
export async function refuseWhileChanging(tx: Tx, org: Pick<Org, 'id'>, subscriptionId: string): Promise<void> {
  const open = await findOpenChange(tx, org.id, subscriptionId)
  if (open?.state !== 'charging') return
  throw new Problem('charge_in_progress', 'A change of the plan is being paid at this moment. Try again in a minute.')
}

/**
 * 409 charge_in_progress for whoever would hold more while a free customer pays for another plan: its seats were counted when
 * the payment began. The subscription is locked.
 */
export async function refuseMoreWhilePaying(tx: Tx, org: Pick<Org, 'id'>, subscriptionId: string): Promise<void> {
  const open = await findOpenChange(tx, org.id, subscriptionId)
  if (open?.state !== 'awaiting' || open.invoiceId === null) return
  if (!(await findBeingPaid(tx, org.id, [open.invoiceId])).has(open.invoiceId)) return
  const message =
    'The customer is paying for another plan at this moment, with what is held now. Add more when that has come to its end.'
  throw new Problem('charge_in_progress', message)
}
