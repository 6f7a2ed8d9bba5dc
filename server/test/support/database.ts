import { createHash } from 'node:crypto'
import pg from 'pg'
import { pino } from 'pino'
import { type Database, openDatabase } from '#database/connect.ts'
import { migrate, migrationsDirectory, readMigrations } from '#database/migrate.ts'
import { startThrowAwayPostgres } from '#database/throw-away.ts'
import { startQueue } from '#jobs/queue.ts'
import { ensurePartitions } from '#metering/partitions.ts'
import { machineNow } from '#time/clock.ts'

/** Names the PostgreSQL that all files of a test run share. Its user may create databases. */
export const sharedServerVariable = 'HALLEY_TEST_DATABASE_URL'

export type ClonedDatabase = Database & {
  readonly url: string
  /** Closes the connections and deletes the database, whoever else still uses it. */
  drop(): Promise<void>
}

export type CloneOptions = {
  /** Connections at most (default 20). */
  max?: number
  /** False for an empty database without Halley's tables. */
  isMigrated?: boolean
}

let server: Promise<string> | undefined
let template: Promise<string> | undefined
let clones = 0

/**
 * A database of one's own with Halley's tables, in some 50 ms. The PostgreSQL below it is that of the test run, or one
 * that starts with the first call and ends with the process when a test file is run by hand.
 */
export async function cloneDatabase(options: CloneOptions = {}): Promise<ClonedDatabase> {
  server ??= findServer()
  const serverUrl = await server
  template ??= prepareTemplate(serverUrl)
  const source = options.isMigrated === false ? 'template0' : await template
  const name = `clone_${process.pid}_${++clones}`
  await execute(serverUrl, `create database ${name} template ${source} strategy file_copy`)
  const url = withDatabase(serverUrl, name)
  // An idle pool that a test forgot to close does not keep the process from ending.
  const database = openDatabase({ connectionString: url, allowExitOnIdle: true }, { max: options.max ?? 20 })
  return {
    ...database,
    url,
    async drop() {
      await database.close()
      await dropDatabase(serverUrl, name)
    },
  }
}

/** Makes the template before the first test file asks for it, so that files which start together need not wait. */
export async function prepareTemplate(serverUrl: string): Promise<string> {
  const name = `template_${await schemaDigest()}`
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    // One at a time; the name appears when the template is complete.
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await createTemplate(client, serverUrl, name)
    return name
  } finally {
    await client.end()
  }
}

async function createTemplate(client: pg.Client, serverUrl: string, name: string): Promise<void> {
  const unfinished = `${name}_unfinished`
  await client.query(`drop database if exists ${unfinished} with (force)`)
  await client.query(`create database ${unfinished} template template0`)
  const url = withDatabase(serverUrl, unfinished)
  const database = openDatabase(url, { max: 1 })
  await fill(database, url).finally(database.close)
  await client.query(`alter database ${unfinished} with allow_connections false`)
  await client.query(`alter database ${unfinished} rename to ${name}`)
}

// Also what a server makes at its start, so that each need not make it anew.
async function fill({ pool, db }: Database, url: string): Promise<void> {
  await migrate(pool)
  await ensurePartitions(db, machineNow())
  const queue = await startQueue({ connectionString: url }, pino({ level: 'silent' }))
  await queue.stop()
}

async function schemaDigest(): Promise<string> {
  const checksums = (await readMigrations(migrationsDirectory)).map(({ checksum }) => checksum)
  return createHash('sha256').update(checksums.join()).digest('hex').slice(0, 12)
}

async function findServer(): Promise<string> {
  return process.env[sharedServerVariable] ?? (await startThrowAwayPostgres()).url
}

async function execute(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

// PostgreSQL's own vacuum may be at work there, and cannot be sent away: it is done in a moment.
async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await execute(serverUrl, `drop database if exists ${name} with (force)`)
    } catch (error) {
      const isBusy = (error as { code?: string }).code === '42501'
      if (!isBusy || attempt >= 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
