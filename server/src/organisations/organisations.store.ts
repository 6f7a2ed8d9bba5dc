import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import { advisoryLocks } from '#database/advisory-locks.ts'
import type { OrganisationTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'

export type OrganisationRecord = {
  readonly id: string
  readonly name: string
  readonly liveOrgId: string
  readonly sandboxOrgId: string
  readonly claimedAt: Temporal.Instant | null
}

/** The organisation that was created first, or undefined before the first start. */
export async function firstOrganisation(db: Db): Promise<OrganisationRecord | undefined> {
  const row = await db
    .selectFrom('organisation')
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && recordOf(row)
}

/** Lets one process at a time see to the first organisation, until the transaction ends. */
export async function lockFirstOrganisation(tx: Tx): Promise<void> {
  const [halley, lock] = advisoryLocks.firstOrganisation
  await sql`select pg_advisory_xact_lock(${halley}::int, ${lock}::int)`.execute(tx)
}

/** Locks an organisation, the first in the order of locks. */
export async function lockOrganisation(tx: Tx, id: string): Promise<OrganisationRecord | undefined> {
  const row = await tx.selectFrom('organisation').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
  return row && recordOf(row)
}

/** Writes down that the first owner has taken the organisation over. Call it while it is locked. */
export async function saveClaimed(tx: Tx, id: string, now: Temporal.Instant): Promise<void> {
  await tx.updateTable('organisation').set({ claimed_at: now }).where('id', '=', id).execute()
}

/** Writes an organisation with its two sides and their invoice number rows. */
export async function insertOrganisation(
  tx: Tx,
  organisation: OrganisationRecord,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('organisation')
    .values({
      id: organisation.id,
      name: organisation.name,
      live_org_id: organisation.liveOrgId,
      sandbox_org_id: organisation.sandboxOrgId,
      claimed_at: organisation.claimedAt,
      created_at: now,
    })
    .execute()
  const sides = [
    { org_id: organisation.liveOrgId, mode: 'live' as const, invoice_prefix: 'INV' },
    { org_id: organisation.sandboxOrgId, mode: 'sandbox' as const, invoice_prefix: 'TEST' },
  ]
  await tx
    .insertInto('side')
    .values(sides.map((side) => ({ ...side, organisation_id: organisation.id, created_at: now })))
    .execute()
  await tx
    .insertInto('invoice_sequence')
    .values(sides.map(({ org_id }) => ({ org_id })))
    .execute()
}

function recordOf(row: Selectable<OrganisationTable>): OrganisationRecord {
  return {
    id: row.id,
    name: row.name,
    liveOrgId: row.live_org_id,
    sandboxOrgId: row.sandbox_org_id,
    claimedAt: row.claimed_at,
  }
}

/** One organisation by its id, or undefined. */
export async function findOrganisation(db: Db, id: string): Promise<OrganisationRecord | undefined> {
  const row = await db.selectFrom('organisation').selectAll().where('id', '=', id).executeTakeFirst()
  return row && recordOf(row)
}
