import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { advisoryLocks } from './advisory-locks.ts'
import type { Cluster } from './bundled-cluster.ts'
import { type Endpoint, endpointOf } from './bundled-endpoint.ts'
import { BundledPostgresError } from './bundled-error.ts'
import { isRunning } from './bundled-process.ts'

/** The one connection by which a Halley holds the data directory, and looks after the server as its superuser. */
export type Keeper = pg.Client

/** Another Halley uses this data directory. */
export class DataDirectoryInUseError extends BundledPostgresError {
  override name = 'DataDirectoryInUseError'
  constructor(directory: string, holder: string) {
    super(
      `Another Halley (${holder}) is using ${directory}. Stop it first, or set HALLEY_DATA_DIR to another directory.`,
    )
  }
}

const pollMs = 20
/** A process that was killed a moment ago may still seem to hold the lock. */
const patienceMs = { holderAlive: 150, holderDead: 5_000 }
const endOfSessionsMs = 5_000

/** Connects when a server answers; says otherwise whether there is none, or one that is coming or going. */
export async function connectKeeper({ directory }: Cluster): Promise<Keeper | 'no server' | 'not ready'> {
  const keeper = new pg.Client({
    ...endpointOf(directory),
    user: 'postgres',
    database: 'postgres',
    application_name: `halley keeper ${process.pid}`,
    connectionTimeoutMillis: 10_000,
    ssl: false,
  })
  // Its end is what matters, and that is another event.
  keeper.on('error', () => undefined)
  try {
    await keeper.connect()
    return keeper
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'no server'
    if (isConnectionLost(error)) return 'not ready'
    throw error
  }
}

/** Whether the server was starting, recovering or ending, or went away in the middle of the question. */
export function isConnectionLost(error: unknown): boolean {
  const codes = ['57P01', '57P02', '57P03', 'ECONNRESET', 'EPIPE']
  return codes.includes(codeOf(error) ?? '') || (error instanceof Error && /^Connection terminated/.test(error.message))
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** The keeper only waits; a process with nothing else to do may end (and ends the server with it). */
export function letProcessEnd(keeper: Keeper): void {
  // Missing in the types of `pg`.
  const { unref } = keeper as unknown as { unref(this: Keeper): void }
  unref.call(keeper)
}

/**
 * Takes the lock that one Halley holds for as long as it uses a data directory: an advisory lock of this connection,
 * so that it ends with the process, however that ends. Throws when another Halley has it.
 */
export async function lockDataDirectory(keeper: Keeper, directory: string): Promise<void> {
  const start = performance.now()
  for (;;) {
    const { rows } = await keeper.query('select pg_try_advisory_lock($1, $2) as locked', [
      ...advisoryLocks.dataDirectory,
    ])
    if (rows[0]?.locked) return
    const holder = await lockHolder(keeper)
    const patience = holder !== undefined && isRunning(holder) ? patienceMs.holderAlive : patienceMs.holderDead
    if (performance.now() - start > patience) {
      await keeper.end()
      throw new DataDirectoryInUseError(directory, holder === undefined ? 'in another container' : `pid ${holder}`)
    }
    await wait(pollMs)
  }
}

/** The process id of the Halley that holds the lock, as it gave it. */
async function lockHolder(keeper: Keeper): Promise<number | undefined> {
  const { rows } = await keeper.query<{ application_name: string }>(
    `select activity.application_name
       from pg_locks held join pg_stat_activity activity on activity.pid = held.pid
      where held.locktype = 'advisory' and held.granted and held.classid = $1 and held.objid = $2`,
    [...advisoryLocks.dataDirectory],
  )
  const [, pid] = /^halley keeper (\d+)$/.exec(rows[0]?.application_name ?? '') ?? []
  return pid === undefined ? undefined : Number(pid)
}

/** Ends what a killed Halley left running, and waits until it has: its locks and its transactions are then gone. */
export async function endLeftBehindSessions(keeper: Keeper): Promise<void> {
  const deadline = performance.now() + endOfSessionsMs
  while (performance.now() < deadline) {
    const { rowCount } = await keeper.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'halley'",
    )
    if (rowCount === 0) return
    await wait(pollMs)
  }
}

/** The database and its owner, who is not a superuser. Each is made on its own: a death in between does no harm. */
export async function ensureDatabase(keeper: Keeper, { password }: Endpoint): Promise<void> {
  const { rows } = await keeper.query(`
    select exists (select from pg_roles where rolname = 'halley') as has_role,
           exists (select from pg_database where datname = 'halley') as has_database`)
  const withPassword = password ? `password ${keeper.escapeLiteral(password)}` : ''
  if (!rows[0]?.has_role) await keeper.query(`create role halley login ${withPassword}`)
  if (!rows[0]?.has_database) await keeper.query('create database halley owner halley template template0')
}
