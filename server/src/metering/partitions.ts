import { sql } from 'kysely'
import { advisoryLocks } from '#database/advisory-locks.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { startInstant, utcDay } from '#time/period.ts'

const monthsAhead = 3
const keptKeyHours = 24
const keysPerDelete = 10_000

/**
 * Makes sure that usage events of this month and the next three have their partitions. Safe while others do the same and
 * while events are being written; call it when the server starts and once a day. `machineNow` is machine time, as storage
 * knows no other.
 */
export async function ensurePartitions(db: Db, machineNow: Temporal.Instant): Promise<void> {
  const first = utcDay(machineNow).with({ day: 1 })
  for (let ahead = 0; ahead <= monthsAhead; ahead++) await ensurePartition(db, first.add({ months: ahead }))
}

async function ensurePartition(db: Db, month: Temporal.PlainDate): Promise<void> {
  const name = `usage_event_${month.toString().slice(0, 7).replace('-', '_')}`
  if (await exists(db, name)) return
  await inTransaction(db, async (tx) => {
    const [group, number] = advisoryLocks.usagePartitions
    await sql`select pg_advisory_xact_lock(${group}::int, ${number}::int)`.execute(tx)
    if (!(await exists(tx, name))) await createPartition(tx, name, month)
  })
}

// Asked of the table itself: `to_regclass` may answer from a session's cache, which waiting for a lock does not refresh.
async function exists(db: Db, name: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists(
      select from pg_inherits join pg_class on pg_class.oid = inhrelid
      where inhparent = 'usage_event'::regclass and relname = ${name}
    ) as found`.execute(db)
  return rows[0]?.found === true
}

// A server that stood still for months may have written to the default partition: its rows move along, as a partition cannot
// be added over them.
async function createPartition(tx: Tx, name: string, month: Temporal.PlainDate): Promise<void> {
  const [from, until] = [startInstant(month), startInstant(month.add({ months: 1 }))]
  const table = sql.table(name)
  await sql`lock table usage_event in share row exclusive mode`.execute(tx)
  await sql`create table ${table} (like usage_event including defaults including constraints including indexes)`.execute(
    tx,
  )
  await sql`
    with moved as (delete from usage_event_default where recorded_at >= ${from} and recorded_at < ${until} returning *)
    insert into ${table} select * from moved`.execute(tx)
  const bounds = `from ('${from}') to ('${until}')`
  await sql`alter table usage_event attach partition ${table} for values ${sql.raw(bounds)}`.execute(tx)
}

/**
 * Forgets the Idempotency-Keys of requests that are older than a day; the events' own keys are kept. Deletes in small steps and
 * returns how many it forgot.
 */
export async function purgeRequestKeys(db: Db, machineNow: Temporal.Instant): Promise<number> {
  const before = machineNow.subtract({ hours: keptKeyHours })
  for (let purged = 0; ; ) {
    const result = await sql`
      delete from usage_event_key where (org_id, kind, key) in (
        select org_id, kind, key from usage_event_key where kind = 'request' and recorded_at < ${before} limit ${keysPerDelete}
      )`.execute(db)
    const deleted = Number(result.numAffectedRows ?? 0n)
    purged += deleted
    if (deleted < keysPerDelete) return purged
  }
}
