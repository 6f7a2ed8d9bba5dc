import { Kysely } from 'kysely'
import pg from 'pg'
import { GuardedPostgresDialect } from './guarded-driver.ts'
import type { Tables } from './tables.generated.ts'
import { HalleyClient, wireTypes } from './wire-types.ts'

export type Db = Kysely<Tables>

export type Database = {
  readonly db: Db
  /** The same connections, for the few who speak SQL directly. Values have the same types as through `db`. */
  readonly pool: pg.Pool
  /** Waits for the queries under way and closes every connection. */
  close(): Promise<void>
}

export type DatabaseOptions = {
  /** Connections at most (default 20). */
  max?: number
  /** Shown in `pg_stat_activity` (default `halley`). */
  applicationName?: string
  /** Longest a single statement may run, in milliseconds (default 30,000; 0 = no limit). */
  statementTimeoutMs?: number
  /** Further settings of the sessions, for connections with one special use. */
  settings?: Readonly<Record<string, string>>
  /** Told about connections lost while idle (a restarted server); the pool replaces them by itself. */
  onConnectionLost?: (error: Error) => void
}

const lockTimeoutMs = 10_000
const idleTransactionTimeoutMs = 60_000
const connectTimeoutMs = 10_000

/**
 * Opens a pool on a PostgreSQL address (`postgresql://…` or `pg` options). Connects on first use; nothing is checked
 * here.
 */
export function openDatabase(address: string | pg.PoolConfig, options: DatabaseOptions = {}): Database {
  const pool = openPool(address, options)
  const db = new Kysely<Tables>({ dialect: new GuardedPostgresDialect({ pool }) })
  return { db, pool, close: () => closeAll(db, pool) }
}

function openPool(address: string | pg.PoolConfig, options: DatabaseOptions): pg.Pool {
  const given = typeof address === 'string' ? { connectionString: withUsualTls(address) } : address
  const pool = new pg.Pool({
    max: options.max ?? 20,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...given,
    application_name: options.applicationName ?? 'halley',
    options: sessionSettings(options),
    types: wireTypes,
    Client: HalleyClient,
  })
  // Without listeners a lost connection would end the process: an idle one is the pool's to tell, one in use also
  // fails the query it was used for.
  pool.on('error', (error) => options.onConnectionLost?.(error))
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** Gives `sslmode` the meaning it has for every other PostgreSQL client; `pg` has one of its own. */
function withUsualTls(address: string): string {
  if (!/[?&]sslmode=/.test(address) || address.includes('uselibpqcompat=')) return address
  return `${address}&uselibpqcompat=true`
}

/** Sent with the connection itself, so that they cost no round trip and no session is ever without them. */
function sessionSettings(options: DatabaseOptions): string {
  const settings = {
    TimeZone: 'UTC',
    DateStyle: 'ISO',
    IntervalStyle: 'iso_8601',
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleTransactionTimeoutMs,
    jit: 'off',
    ...options.settings,
  }
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
}

async function closeAll(db: Db, pool: pg.Pool): Promise<void> {
  await db.destroy()
  if (!pool.ended) await pool.end()
}
