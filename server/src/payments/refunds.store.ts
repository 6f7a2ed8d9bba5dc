import { sql } from 'kysely'
import { fromRow } from '#database/records.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { RefundResult } from '#payments/provider.ts'
import type { Refund } from '#payments/refund.ts'

/** Seconds until a refund without an outcome is looked at first, and each time after that. */
const secondsUntilFirstLook = 30
const secondsBetweenLooks = 300

export type NewRefund = Pick<
  Refund,
  'id' | 'transactionId' | 'subscriptionId' | 'provider' | 'amount' | 'currency' | 'createdAt'
>

/** Writes a refund that is about to be asked for. Undefined when the charge has one that is under way or went through. */
export async function insertRefund(tx: Tx, orgId: string, refund: NewRefund): Promise<Refund | undefined> {
  const row = await tx
    .insertInto('refund')
    .values({
      org_id: orgId,
      id: refund.id,
      transaction_id: refund.transactionId,
      subscription_id: refund.subscriptionId,
      provider: refund.provider,
      state: 'started',
      amount: refund.amount,
      currency: refund.currency,
      started_at: sql<Temporal.Instant>`now()`,
      look_again_at: sql<Temporal.Instant>`now() + make_interval(secs => ${secondsUntilFirstLook})`,
      created_at: refund.createdAt,
      updated_at: refund.createdAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function findRefund(db: Db, orgId: string, id: string): Promise<Refund | undefined> {
  const row = await db
    .selectFrom('refund')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The refund of a charge that is under way or went through. */
export async function findRefundOf(db: Db, orgId: string, transactionId: string): Promise<Refund | undefined> {
  const row = await db
    .selectFrom('refund')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('transaction_id', '=', transactionId)
    .where('state', '<>', 'failed')
    .executeTakeFirst()
  return row && fromRow(row)
}

/** When payments of some subscriptions were given back, by subscription id. */
export async function refundMoments(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Temporal.Instant[]>> {
  const rows = await db
    .selectFrom('refund')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('state', '=', 'succeeded')
    .execute()
  const moments = rows.map(fromRow).flatMap(({ subscriptionId, settledAt }) => {
    return subscriptionId && settledAt ? [{ subscriptionId, settledAt }] : []
  })
  const bySubscription = Map.groupBy(moments, ({ subscriptionId }) => subscriptionId)
  return new Map([...bySubscription].map(([id, own]) => [id, own.map(({ settledAt }) => settledAt)]))
}

/** Locks a refund until the transaction ends. */
export async function lockRefund(tx: Tx, orgId: string, id: string): Promise<Refund | undefined> {
  const row = await tx
    .selectFrom('refund')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Writes the provider's answer to a locked refund. */
export async function endRefund(tx: Tx, refund: Refund, result: RefundResult, now: Temporal.Instant): Promise<Refund> {
  const outcome =
    result.outcome === 'succeeded'
      ? { state: 'succeeded' as const, provider_reference: result.reference }
      : { state: 'failed' as const, failure_code: result.code, failure_message: result.message }
  const row = await tx
    .updateTable('refund')
    .set({ ...outcome, look_again_at: null, settled_at: now, updated_at: now })
    .where('org_id', '=', refund.orgId)
    .where('id', '=', refund.id)
    .where('state', '=', 'started')
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Takes the refunds of every organisation that wait for an outcome and whose time to be looked at has come. */
export async function takeDueRefunds(tx: Tx, now: Temporal.Instant, limit: number): Promise<Refund[]> {
  const rows = await tx
    .with('due', (query) =>
      query
        .selectFrom('refund')
        .select(['org_id', 'id'])
        .where('state', '=', 'started')
        .where('look_again_at', '<=', now)
        .orderBy('look_again_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('refund')
    .from('due')
    .set({ looks: sql`looks + 1`, look_again_at: now.add({ seconds: secondsBetweenLooks }) })
    .whereRef('refund.org_id', '=', 'due.org_id')
    .whereRef('refund.id', '=', 'due.id')
    .returningAll('refund')
    .execute()
  return rows.map(fromRow)
}

/** Those of some subscriptions of which a payment is being given back at this moment. */
export async function findRefunding(db: Db, orgId: string, subscriptionIds: readonly string[]): Promise<Set<string>> {
  if (subscriptionIds.length === 0) return new Set()
  const rows = await db
    .selectFrom('refund')
    .select('subscription_id')
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('state', '=', 'started')
    .execute()
  return new Set(rows.flatMap(({ subscription_id }) => subscription_id ?? []))
}
