import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import { type Mode, type Org, orgOf } from '#organisations/org.ts'

/** One side by its id, or undefined. */
export async function findOrg(db: Db, orgId: string): Promise<Org | undefined> {
  const row = await db.selectFrom('side').selectAll().where('org_id', '=', orgId).executeTakeFirst()
  return row && orgOf(row)
}

/** The side of an organisation in a mode, or undefined. */
export async function findSide(db: Db, organisationId: string, mode: Mode): Promise<Org | undefined> {
  const row = await db
    .selectFrom('side')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('mode', '=', mode)
    .executeTakeFirst()
  return row && orgOf(row)
}

/**
 * Moves the side's version, which every process compares before it trusts what it remembers. Call it first in every change of
 * the catalogue, the keys or the clock: it also makes such changes of one side wait for each other. Returns the new version.
 */
export async function moveVersion(tx: Tx, orgId: string): Promise<bigint> {
  const row = await tx
    .updateTable('side')
    .set({ version: sql`version + 1` })
    .where('org_id', '=', orgId)
    .returning('version')
    .executeTakeFirstOrThrow()
  return row.version
}

/** Sets the test clock of a sandbox side. Call {@link moveVersion} before. */
export async function saveSimulatedTime(
  tx: Tx,
  orgId: string,
  time: Temporal.Instant,
  movedAt: Temporal.Instant,
): Promise<void> {
  const clock = { simulated_time: time, clock_moved_at: movedAt }
  await tx.updateTable('side').set(clock).where('org_id', '=', orgId).execute()
}
