import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { createApp } from '#app.ts'
import { printWelcome } from '#cli/welcome.ts'
import { type Config, ConfigError, loadSecret, onPort, readConfig } from '#config.ts'
import { startBundledPostgres } from '#database/bundled.ts'
import { BundledPostgresError } from '#database/bundled-error.ts'
import { type Database, openDatabase } from '#database/connect.ts'
import { MigrationRefusedError, migrate } from '#database/migrate.ts'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation, UnusableKey } from '#organisations/actions/create-first-organisation.ts'
import { machineNow } from '#time/clock.ts'
import { choosePort, PortTaken } from './port.ts'
import { nextStopRequest } from './stop-request.ts'

/** Something an operator can put right: said in a sentence, without a stack. */
class CannotStart extends Error {
  override readonly name = 'CannotStart'
}

const shutDownWithinMs = 30_000

/** Starts Halley and stays until a signal ends it. Refusals are printed in a sentence and end with exit code 1. */
export async function serve(environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run(readConfig(environment))
  } catch (error) {
    const message = explain(error)
    if (message === undefined) throw error
    process.stderr.write(`${message}\n`)
    process.exit(1)
  }
}

async function run(given: Config): Promise<void> {
  const stopping = nextStopRequest()
  // Asked to stop while it starts: nothing is served yet, and the end of the process ends the bundled server.
  let whenAsked = (): void => process.exit(0)
  void stopping.then(() => whenAsked())
  // Before anything is made: keys that nobody got to see would be lost.
  const config = onPort(given, await choosePort(given.host, given.port))
  const logger = pino({ level: config.logLevel, redact: ['req.headers', 'headers', '*.card', '*.apiKey'] })
  const bundled =
    config.databaseUrl === undefined
      ? await startBundledPostgres({ dataDirectory: config.dataDirectory, onLost: stopAtOnce })
      : undefined
  const address = config.databaseUrl ?? bundled?.url ?? ''
  const database = openDatabase(address, {
    onConnectionLost: ({ message }) => logger.warn({ reason: message }, 'a database connection was lost'),
  })
  try {
    await connect(database, config)
    const first = await inTransaction(database.db, (tx) =>
      createFirstOrganisation(tx, {
        name: 'My organisation',
        fixedKeys: { live: config.liveKey, sandbox: config.sandboxKey },
        machineNow: machineNow(),
      }),
    )
    const app = await createApp({
      settings: {
        publicUrl: config.publicUrl,
        role: config.role,
        requestsPerSecond: config.rateLimit,
        trustedProxies: config.trustedProxies,
        secret: loadSecret(config),
        simulatedInLiveMode: false,
        encryptionKeys: config.encryptionKeys,
        providerAddresses: config.providerAddresses,
        mail: config.mail,
      },
      database,
      queueAddress: { connectionString: address },
      logger,
    })
    await listen(app.server, config)
    whenAsked = () => undefined
    await printWelcome(config, first, database)
    await stopping
    await within(shutDownWithinMs, app.close())
  } finally {
    await database.close()
    await bundled?.stop()
  }
  process.exit(0)
}

async function connect(database: Database, config: Config): Promise<void> {
  try {
    await database.pool.query('select 1')
  } catch (error) {
    const reason = (error as Error).message || (error as { code?: string }).code
    throw new CannotStart(
      config.databaseUrl === undefined
        ? `The bundled PostgreSQL cannot be reached: ${reason}. Its log is ${config.dataDirectory}/postgres.log.`
        : `The database at ${withoutPassword(config.databaseUrl)} cannot be reached: ${reason}. Check DATABASE_URL and that the server runs.`,
    )
  }
  await migrate(database.pool)
}

async function listen(server: FastifyInstance, { port, host }: Config): Promise<void> {
  try {
    await server.listen({ port, host })
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE') throw new PortTaken(host, port)
    throw error
  }
}

function withoutPassword(address: string): string {
  const url = URL.parse(address)
  if (!url) return 'DATABASE_URL'
  return `${url.protocol}//${url.host}${url.pathname}`
}

// A second signal, or a shutdown that takes too long, ends the process where it stands: nothing acknowledged is lost by that.
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([work, tooLate, nextStopRequest()])
  clearTimeout(timer)
}

function stopAtOnce(error: Error): void {
  process.stderr.write(`Halley stops: ${error.message}\n`)
  process.exit(1)
}

function explain(error: unknown): string | undefined {
  const isKnown =
    error instanceof CannotStart ||
    error instanceof PortTaken ||
    error instanceof ConfigError ||
    error instanceof BundledPostgresError ||
    error instanceof MigrationRefusedError ||
    error instanceof UnusableKey
  return isKnown ? error.message : undefined
}
