import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { clockCommand } from '#cli/clock.ts'
import { CommandFailure, exitCodes, type Opened } from '#cli/command.ts'
import { eventsCommand } from '#cli/events.ts'
import { explainCommand } from '#cli/explain.ts'
import { inboxCommand } from '#cli/inbox.ts'
import { keysCommand } from '#cli/keys.ts'
import { listenCommand } from '#cli/listen.ts'
import { mailCommand } from '#cli/mail.ts'
import { modelsCommand } from '#cli/models.ts'
import { organisationCommand } from '#cli/organisation.ts'
import { providersCommand } from '#cli/providers.ts'
import { reconcileCommand } from '#cli/reconcile.ts'
import { rekeyCommand } from '#cli/rekey.ts'
import { simulateCommand } from '#cli/simulate.ts'
import { taxCommand } from '#cli/tax.ts'
import { taxServiceCommand } from '#cli/tax-service.ts'
import { triggerCommand } from '#cli/trigger.ts'
import { verifyCommand } from '#cli/verify.ts'
import { type Config, loadSecret, readConfig } from '#config.ts'
import { bundledUrl, startBundledPostgres } from '#database/bundled.ts'
import { DataDirectoryInUseError } from '#database/bundled-keeper.ts'
import { openDatabase } from '#database/connect.ts'
import { type Migration, migrate } from '#database/migrate.ts'
import type { Db } from '#database/transaction.ts'
import { inboxLink, signingKey } from '#links.ts'
import { smtpTransport } from '#mail/transport.ts'
import { type KeyRing, keyRing } from '#organisations/sealing.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { openConnections } from '#payments/connections.ts'
import { simulatedProcessor } from '#payments/providers/simulated/processor.ts'
import { providerFactories } from '#provider-factories.ts'
import { machineNow } from '#time/clock.ts'
import { secretBox } from '#webhooks/secret-box.ts'

const program = new Command('halley')
  .description('Self-hosted billing that speaks the Commet API')
  .exitOverride()
  .configureOutput({ writeOut: (text) => process.stdout.write(text) })

program
  .command('start')
  .description('start the server (the same as npm start)')
  // Loaded when it is needed: the other commands have no use for a server.
  .action(async () => (await import('#cli/serve.ts')).serve(process.env))
program.command('migrate').description('bring the database to the version of this Halley').action(migrateDatabase)
explainCommand(program, open)
keysCommand(program, open)
clockCommand(program, open)
modelsCommand(program, open)
taxCommand(program, open)
verifyCommand(program, open)
reconcileCommand(program, open, servicesOn)
taxServiceCommand(program, open, servicesOn)
const providerSettings = () => {
  const config = readConfig(process.env)
  return { ring: ringOf(config), publicUrl: config.publicUrl }
}
providersCommand(program, open, providerSettings, servicesOn)
rekeyCommand(program, open, () => {
  const config = readConfig(process.env)
  const ring = ringOf(config)
  return { ring, secrets: secretBox(signingKey(loadSecret(config)), ring) }
})
simulateCommand(program, open)
const server = { url: () => readConfig(process.env).publicUrl, environment: process.env }
listenCommand(program, open, server)
triggerCommand(program, open, server)
eventsCommand(program, open, server)
organisationCommand(program, open)
mailCommand(program, open, () => {
  const { mail } = readConfig(process.env)
  return mail ? smtpTransport(mail) : null
})
inboxCommand(program, open, (organisationId, expiresAt) => {
  const config = readConfig(process.env)
  return inboxLink(config.publicUrl, signingKey(loadSecret(config)), organisationId, expiresAt)
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  else if (error instanceof CommandFailure) {
    process.stderr.write(`${error.message}${error.next === undefined ? '' : `\n${error.next}`}\n`)
    process.exitCode = error.exitCode
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = exitCodes.failure
  }
}

function ringOf(config: Config): KeyRing {
  const ring = keyRing(loadSecret(config), config.encryptionKeys)
  if (!ring) throw new CommandFailure(exitCodes.failure, 'invalid_keys', 'HALLEY_ENCRYPTION_KEYS cannot be read.')
  return ring
}

/** The payment providers as the environment has them. */
function servicesOn(db: Db) {
  const config = readConfig(process.env)
  const ring = ringOf(config)
  const processor = simulatedProcessor({ db, machineNow, inLiveMode: false })
  const factories = providerFactories({ ...config, machineNow, processor })
  const connections = openConnections(db, ring, factories, (orgId) => findOrg(db, orgId))
  return { db, machineNow, connections, providers: { commet: processor, stripe: undefined, dlocal: undefined } }
}

/** The database of the environment: DATABASE_URL, or the bundled one, beside a Halley that runs on it or started for the command. */
async function open(): Promise<Opened & { readonly migrate: () => Promise<readonly Migration[]> }> {
  const config = readConfig(process.env)
  const { url, stop } =
    config.databaseUrl === undefined
      ? await bundled(config.dataDirectory)
      : { url: config.databaseUrl, stop: async () => {} }
  const database = openDatabase(url, { max: 2, applicationName: 'halley-cli' })
  return {
    db: database.db,
    migrate: () => migrate(database.pool),
    close: async () => {
      await database.close()
      await stop()
    },
  }
}

async function bundled(dataDirectory: string): Promise<{ url: string; stop: () => Promise<void> }> {
  if (!existsSync(join(dataDirectory, 'postgres'))) {
    throw new CommandFailure(
      exitCodes.notFound,
      'not_found',
      `There is no Halley data in ${dataDirectory}.`,
      'Start Halley first, or set HALLEY_DATA_DIR or DATABASE_URL.',
    )
  }
  try {
    return await startBundledPostgres({ dataDirectory })
  } catch (error) {
    if (error instanceof DataDirectoryInUseError) return { url: bundledUrl(dataDirectory), stop: async () => {} }
    throw error
  }
}

async function migrateDatabase(): Promise<void> {
  const opened = await open()
  try {
    const applied = await opened.migrate()
    const names = applied.map(({ name }) => name).join(', ')
    process.stdout.write(`${names === '' ? '' : `Applied: ${names}. `}The database is up to date.\n`)
  } finally {
    await opened.close()
  }
}
