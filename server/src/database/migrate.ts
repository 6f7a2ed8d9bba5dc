import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { advisoryLocks } from './advisory-locks.ts'

/** The database cannot be brought to this version of Halley: it is newer, or a migration it has was changed. */
export class MigrationRefusedError extends Error {
  override name = 'MigrationRefusedError'
}

export type Migration = { version: number; name: string; sql: string; checksum: string }
type AppliedMigration = { version: number; name: string; checksum: string }

export const migrationsDirectory = fileURLToPath(new URL('./migrations/', import.meta.url))

/** DDL that waits for a lock makes everybody behind it wait too: it gives up soon and tries again. */
const lockTimeoutMs = 5_000
const lockAttempts = 12
const lockNotAvailable = '55P03'
const deadlockDetected = '40P01'

/**
 * Brings the database to the newest schema and answers what was applied. Safe to call from any number of processes at
 * once, and after a death at any point: each migration and its row commit together.
 */
export async function migrate(pool: pg.Pool, directory: string = migrationsDirectory): Promise<Migration[]> {
  const migrations = await readMigrations(directory)
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0; set lock_timeout = 0')
    await client.query('select pg_advisory_lock($1, $2)', [...advisoryLocks.migrate])
    const pending = pendingMigrations(migrations, await readApplied(client))
    for (const migration of pending) await applyPatiently(client, migration)
    return pending
  } finally {
    // Not returned to the pool: its settings were changed, and its end gives the lock back.
    client.release(true)
  }
}

/** The migrations of a folder, in order. Throws on gaps, doubles and files that are not `NNNN-name.sql`. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => !file.startsWith('.')).sort()
  return Promise.all(files.map((file, index) => readMigration(directory, file, index + 1)))
}

async function readMigration(directory: string, file: string, expectedVersion: number): Promise<Migration> {
  const [, digits, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file) ?? []
  if (!digits || !name) throw new Error(`Migration file ${file} is not called NNNN-name.sql`)
  if (Number(digits) !== expectedVersion)
    throw new Error(`Migration file ${file} should have number ${expectedVersion}`)
  const sql = (await readFile(`${directory}/${file}`, 'utf8')).replaceAll('\r\n', '\n')
  return { version: expectedVersion, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

async function readApplied(client: pg.PoolClient): Promise<AppliedMigration[]> {
  await client.query(`
    create table if not exists schema_migration (
      version integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`)
  const { rows } = await client.query<AppliedMigration>(
    'select version, name, checksum from schema_migration order by version',
  )
  return rows
}

function pendingMigrations(migrations: Migration[], applied: AppliedMigration[]): Migration[] {
  const newest = applied.at(-1)?.version ?? 0
  if (newest > migrations.length) {
    throw new MigrationRefusedError(
      `The database has schema version ${newest}, this Halley knows ${migrations.length}. Start the newer Halley.`,
    )
  }
  for (const { version, name, checksum } of applied) {
    // Present because the newest applied version is not greater than the number of migrations, which have no gaps.
    const migration = migrations[version - 1]
    if (migration?.checksum === checksum) continue
    throw new MigrationRefusedError(`Migration ${version} (${name}) was changed after it had been applied.`)
  }
  return migrations.slice(newest)
}

async function applyPatiently(client: pg.PoolClient, migration: Migration): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await apply(client, migration)
    } catch (error) {
      // When the connection itself is gone the transaction is too, and the first error is the one to report.
      await client.query('rollback').catch(() => undefined)
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if ((code !== lockNotAvailable && code !== deadlockDetected) || attempt >= lockAttempts) throw error
    }
  }
}

async function apply(client: pg.PoolClient, { version, name, sql, checksum }: Migration): Promise<void> {
  await client.query(`begin; set local lock_timeout = ${lockTimeoutMs}`)
  await client.query(sql)
  await client.query('insert into schema_migration (version, name, checksum) values ($1, $2, $3)', [
    version,
    name,
    checksum,
  ])
  await client.query('commit')
}
