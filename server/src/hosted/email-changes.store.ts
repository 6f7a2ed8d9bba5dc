import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { EmailChangeTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'

/** A wish for another e-mail address. Its moments are real time. */
export type EmailChange = Omit<RecordOf<Selectable<EmailChangeTable>>, 'orgId'>

export const emailChangeStates = ['waiting', 'confirmed', 'dropped'] as const

/** Writes a wish down in place of one that waits. Call it with the customer locked. */
export async function insertEmailChange(
  tx: Tx,
  orgId: string,
  change: Pick<EmailChange, 'customerId' | 'oldEmail' | 'newEmail' | 'requestedAt' | 'expiresAt'>,
): Promise<EmailChange> {
  await dropEmailChange(tx, orgId, change.customerId)
  const row = await tx
    .insertInto('email_change')
    .values({
      org_id: orgId,
      id: newId('emc'),
      customer_id: change.customerId,
      old_email: change.oldEmail,
      new_email: change.newEmail,
      state: 'waiting',
      requested_at: change.requestedAt,
      expires_at: change.expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** The wish that waits, if it can still be confirmed. */
export async function findWaitingChange(
  db: Db,
  orgId: string,
  customerId: string,
  machineNow: Temporal.Instant,
): Promise<EmailChange | undefined> {
  const row = await db
    .selectFrom('email_change')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('state', '=', 'waiting')
    .where('expires_at', '>', machineNow)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** A wish by its id, whatever became of it. */
export async function findEmailChange(db: Db, orgId: string, id: string): Promise<EmailChange | undefined> {
  const row = await db
    .selectFrom('email_change')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** How often a customer has asked since then. */
export async function countEmailChanges(
  db: Db,
  orgId: string,
  customerId: string,
  since: Temporal.Instant,
): Promise<number> {
  const { asked } = await db
    .selectFrom('email_change')
    .select(sql<number>`count(*)::int`.as('asked'))
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('requested_at', '>', since)
    .executeTakeFirstOrThrow()
  return asked
}

/** Ends a wish as confirmed. */
export async function markConfirmed(tx: Tx, orgId: string, id: string): Promise<void> {
  await tx
    .updateTable('email_change')
    .set({ state: 'confirmed' })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .execute()
}

/** Ends what waits of a customer without any effect. */
export async function dropEmailChange(tx: Tx, orgId: string, customerId: string): Promise<void> {
  await tx
    .updateTable('email_change')
    .set({ state: 'dropped' })
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('state', '=', 'waiting')
    .execute()
}

/** Forgets wishes older than that. */
export async function deleteOldEmailChanges(db: Db, before: Temporal.Instant): Promise<void> {
  await db.deleteFrom('email_change').where('requested_at', '<', before).execute()
}
