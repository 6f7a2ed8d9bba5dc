import type { Tx } from '#database/transaction.ts'
import { moveEpoch } from '#metering/counters.store.ts'
import { type SubscriptionChanges, type SubscriptionRecord, updateAccess } from '#subscriptions/subscriptions.store.ts'

/** Changes a subscription in a way that metering must notice: its open counters take the new epoch. The caller holds its lock. */
export async function changeAccess(
  tx: Tx,
  orgId: string,
  id: string,
  changes: SubscriptionChanges,
): Promise<SubscriptionRecord> {
  const changed = await updateAccess(tx, orgId, id, changes)
  await moveEpoch(tx, orgId, id, changed.epoch)
  return changed
}
