import { fromRow } from '#database/records.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Dispute } from '#payments/dispute.ts'
import type { DisputeOutcome, ProviderName } from '#payments/provider.ts'

/** A dispute by the provider's name of it. Whoever changes it holds the lock of its charge. */
export async function findDispute(
  db: Db,
  orgId: string,
  provider: ProviderName,
  reference: string,
): Promise<Dispute | undefined> {
  const row = await db
    .selectFrom('dispute')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('provider', '=', provider)
    .where('provider_reference', '=', reference)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The newest dispute about a charge. */
export async function findDisputeOf(db: Db, orgId: string, transactionId: string): Promise<Dispute | undefined> {
  const row = await db
    .selectFrom('dispute')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('transaction_id', '=', transactionId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function insertDispute(
  tx: Tx,
  orgId: string,
  dispute: Omit<Dispute, 'orgId' | 'state' | 'resolvedAt' | 'lostAt'>,
): Promise<Dispute> {
  const row = await tx
    .insertInto('dispute')
    .values({
      org_id: orgId,
      id: dispute.id,
      transaction_id: dispute.transactionId,
      subscription_id: dispute.subscriptionId,
      provider: dispute.provider,
      provider_reference: dispute.providerReference,
      state: 'open',
      amount: dispute.amount,
      currency: dispute.currency,
      reason: dispute.reason,
      opened_at: dispute.openedAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Ends a dispute that {@link mayEnd} so. */
export async function resolveDispute(
  tx: Tx,
  { orgId, id, state, resolvedAt }: Dispute,
  outcome: DisputeOutcome,
  now: Temporal.Instant,
): Promise<Dispute> {
  const row = await tx
    .updateTable('dispute')
    .set({ state: outcome, resolved_at: now, lost_at: state === 'lost' ? resolvedAt : null })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('state', '=', state)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Whether a payment of the subscription is disputed and not decided yet. */
export async function hasOpenDispute(db: Db, orgId: string, subscriptionId: string): Promise<boolean> {
  const row = await db
    .selectFrom('dispute')
    .select('id')
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('state', '=', 'open')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
