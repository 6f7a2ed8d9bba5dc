import type { Selectable } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { SpendCapTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { CapOwner } from '#metering/spend-cap.ts'

export type SpendCapRecord = RecordOf<Selectable<SpendCapTable>>

/** Which cap: of the whole subscription (`featureId` null) or of one of its usage features, set by whom. */
export type CapKey = {
  readonly subscriptionId: string
  readonly featureId: string | null
  readonly owner: CapOwner
}

const scopeOf = ({ featureId }: Pick<CapKey, 'featureId'>) => featureId ?? 'subscription'

/** The caps of some subscriptions. */
export async function findCaps(db: Db, orgId: string, subscriptionIds: readonly string[]): Promise<SpendCapRecord[]> {
  if (subscriptionIds.length === 0) return []
  const rows = await db
    .selectFrom('spend_cap')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', subscriptionIds)
    .orderBy('subscription_id')
    .orderBy('scope')
    .orderBy('owner')
    .execute()
  return rows.map(fromRow)
}

/**
 * Locks the caps of a subscription: whoever spends what several features share waits for the one before. Call it before the
 * counters are locked.
 */
export async function lockCaps(tx: Tx, orgId: string, subscriptionId: string): Promise<SpendCapRecord[]> {
  const rows = await tx
    .selectFrom('spend_cap')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .orderBy('scope')
    .orderBy('owner')
    .forUpdate()
    .execute()
  return rows.map(fromRow)
}

/** Sets a cap or changes it. The caller holds the subscription's lock. */
export async function saveCap(
  tx: Tx,
  orgId: string,
  key: CapKey,
  cap: { readonly amount: bigint; readonly sinceWindow: number; readonly now: Temporal.Instant },
): Promise<void> {
  const changes = { amount: cap.amount, since_window: cap.sinceWindow, updated_at: cap.now }
  await tx
    .insertInto('spend_cap')
    .values({
      org_id: orgId,
      subscription_id: key.subscriptionId,
      scope: scopeOf(key),
      owner: key.owner,
      feature_id: key.featureId,
      created_at: cap.now,
      ...changes,
    })
    .onConflict((conflict) => conflict.columns(['org_id', 'subscription_id', 'scope', 'owner']).doUpdateSet(changes))
    .execute()
}

/** Lets the caps of a subscription hold from after a window on, as if they had been set in it. */
export async function restartCaps(tx: Tx, orgId: string, subscriptionId: string, windowNumber: number): Promise<void> {
  await tx
    .updateTable('spend_cap')
    .set({ since_window: windowNumber })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('since_window', '<', windowNumber)
    .execute()
}

export async function deleteCap(tx: Tx, orgId: string, key: CapKey): Promise<void> {
  await tx
    .deleteFrom('spend_cap')
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', key.subscriptionId)
    .where('scope', '=', scopeOf(key))
    .where('owner', '=', key.owner)
    .execute()
}
