import type { Selectable } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { CheckoutTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'

export type CheckoutRecord = RecordOf<Selectable<CheckoutTable>>
export type NewCheckout = {
  readonly kind: CheckoutRecord['kind']
  readonly subscriptionId: string
  readonly invoiceId: string | null
  readonly successUrl: string | null
}

/** Opens a checkout. A subscription has at most one open checkout. */
export async function insertCheckout(
  tx: Tx,
  orgId: string,
  checkout: NewCheckout,
  now: Temporal.Instant,
): Promise<CheckoutRecord> {
  const row = await tx
    .insertInto('checkout')
    .values({
      org_id: orgId,
      id: newId('cko'),
      kind: checkout.kind,
      subscription_id: checkout.subscriptionId,
      invoice_id: checkout.invoiceId,
      success_url: checkout.successUrl,
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

export async function findCheckout(db: Db, orgId: string, id: string): Promise<CheckoutRecord | undefined> {
  const row = await db
    .selectFrom('checkout')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The open checkouts of some subscriptions, by subscription id. */
export async function findOpenCheckouts(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<Map<string, CheckoutRecord>> {
  if (subscriptionIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('checkout')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('status', '=', 'open')
    .execute()
  return new Map(rows.map((row) => [row.subscription_id, fromRow(row)]))
}

/** Each time that a customer agreed to what a subscription is in a checkout that they completed. */
export async function findConclusions(
  db: Db,
  orgId: string,
  subscriptionId: string,
): Promise<(Temporal.Instant | null)[]> {
  const rows = await db
    .selectFrom('checkout')
    .select('completed_at')
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('kind', 'in', ['payment', 'trial', 'setup', 'plan_change'])
    .where('status', '=', 'complete')
    .execute()
  return rows.map((row) => row.completed_at)
}

/** Whether an open checkout charges, or only stores a card because nothing is due. */
export async function updateCheckoutKind(tx: Tx, orgId: string, id: string, kind: 'payment' | 'setup'): Promise<void> {
  await tx.updateTable('checkout').set({ kind }).where('org_id', '=', orgId).where('id', '=', id).execute()
}

/** Ends an open checkout: `complete` when it was paid, `canceled` when what it was for is gone. */
export async function endCheckout(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  status: 'complete' | 'canceled',
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('checkout')
    .set({ status, completed_at: status === 'complete' ? now : null })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('status', '=', 'open')
    .execute()
}

/** The checkout that an invoice is paid in, the newest where there were several. */
export async function findCheckoutOfInvoice(
  db: Db,
  orgId: string,
  invoiceId: string,
): Promise<CheckoutRecord | undefined> {
  const row = await db
    .selectFrom('checkout')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('invoice_id', '=', invoiceId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && fromRow(row)
}
