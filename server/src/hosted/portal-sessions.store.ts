import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { PortalSessionTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'

/** A customer's time in their portal. Both moments are real time. */
export type PortalSession = Omit<RecordOf<Selectable<PortalSessionTable>>, 'orgId'>

/** How long a session lasts without being used, and at most (payments.md, Customer portal). */
const idle = Temporal.Duration.from({ minutes: 30 })
const longest = Temporal.Duration.from({ hours: 2 })

/** Mails with a new link that an old one may ask for. */
const mostMails = 3

/** Opens a session, used for the first time now. */
export async function insertPortalSession(
  tx: Tx,
  orgId: string,
  session: { readonly customerId: string; readonly returnUrl: string | null },
  machineNow: Temporal.Instant,
): Promise<PortalSession> {
  const row = await tx
    .insertInto('portal_session')
    .values({
      org_id: orgId,
      id: newId('pse'),
      customer_id: session.customerId,
      return_url: session.returnUrl,
      opened_at: machineNow,
      last_seen_at: machineNow,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Uses a session: it lasts on from now. Undefined when it has ended, or never was. */
export async function keepPortalSession(
  db: Db,
  orgId: string,
  id: string,
  machineNow: Temporal.Instant,
): Promise<PortalSession | undefined> {
  const row = await db
    .updateTable('portal_session')
    .set({ last_seen_at: sql`greatest(last_seen_at, ${machineNow})` })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('last_seen_at', '>', machineNow.subtract(idle))
    .where('opened_at', '>', machineNow.subtract(longest))
    .returningAll()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** A session that may have ended. */
export async function findPortalSession(db: Db, orgId: string, id: string): Promise<PortalSession | undefined> {
  const row = await db
    .selectFrom('portal_session')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Counts a mail that a session's link asked for; false, and nothing is counted, when it has asked often enough. */
export async function countPortalMail(tx: Tx, orgId: string, id: string): Promise<boolean> {
  const counted = await tx
    .updateTable('portal_session')
    .set({ mailed: sql`mailed + 1` })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('mailed', '<', mostMails)
    .executeTakeFirst()
  return counted.numUpdatedRows > 0n
}
