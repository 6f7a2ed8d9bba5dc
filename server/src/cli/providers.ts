import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { type CheckServices, checkConnections } from '#cli/check-connections.ts'
import {
  CommandFailure,
  exitCodes,
  type Open,
  type Outcome,
  processTerminal,
  runCommand,
  type Terminal,
} from '#cli/command.ts'
import { type ChosenSide, chooseSide, confirmLive } from '#cli/side.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import type { KeyRing } from '#organisations/sealing.ts'
import { addConnection, builtIn } from '#payments/actions/add-connection.ts'
import {
  chooseDefault,
  removeConnection,
  routeCountries,
  updateCredentials,
} from '#payments/actions/change-connections.ts'
import type { Connection } from '#payments/connection.ts'
import { listConnections } from '#payments/connections.store.ts'
import { type ProviderName, providerNames } from '#payments/provider.ts'
import { machineNow } from '#time/clock.ts'

type Options = { live?: boolean; yes?: boolean; json?: boolean }
type Given = Options & { name?: string; credentials?: string; removed?: boolean; withCards?: boolean; clear?: boolean }

/** What the commands need of the configuration. */
export type ProviderSettings = () => { readonly ring: KeyRing; readonly publicUrl: string }

/**
 * `halley providers add | list | check | update | route | default | remove`: payment connections of the sandbox, or of the
 * live side with --live. Credentials are read from a file or from standard input, never from the command line, where others
 * on the machine could read them.
 */
export function providersCommand(
  program: Command,
  open: Open,
  settings: ProviderSettings,
  servicesFor: (db: Db) => CheckServices,
  terminal: Terminal = processTerminal(),
): void {
  const providers = program
    .command('providers')
    .description('payment connections: of the sandbox, or of the live side with --live')
  const on = (name: string, description: string) =>
    providers
      .command(name)
      .description(description)
      .option('--live', 'on the live side')
      .option('--yes', 'do not ask')
      .option('--json', 'print JSON')
  on('list', 'show the connections, their countries and the default')
    .option('--removed', 'also those that were removed')
    .action((options: Given) => runCommand(open, options, ({ db }) => list(db, options), terminal))
  on('check', 'ask the providers whether they take the keys')
    .argument('[connection]', 'its name or id; all when absent')
    .action((named: string | undefined, options: Given) =>
      runCommand(
        open,
        options,
        async ({ db }) => checkConnections(servicesFor(db), (await chooseSide(db, options)).org, named, terminal),
        terminal,
      ),
    )
  on('add', 'connect to a provider')
    .argument('<provider>', providerNames.join(', '), providerName)
    .requiredOption('--name <name>', 'what you call this connection')
    .option('--credentials <file>', 'JSON file with the keys, - for standard input')
    .action((provider: ProviderName, options: Given) =>
      runCommand(open, options, ({ db }) => add(db, provider, options, settings(), terminal), terminal),
    )
  on('update', 'replace keys of a connection; those that are not given stay')
    .argument('<connection>', 'its name or id')
    .requiredOption('--credentials <file>', 'JSON file with the keys, - for standard input')
    .action((named: string, options: Given) =>
      runCommand(open, options, ({ db }) => update(db, named, options, settings(), terminal), terminal),
    )
  on('route', 'send new customers of countries to a connection')
    .argument('<countries>', 'codes with commas, e.g. BR,CL', countryList)
    .argument('[connection]', 'its name or id; to the default again when absent')
    .action((countries: string[], named: string | undefined, options: Given) =>
      runCommand(open, options, ({ db }) => route(db, countries, named, options, terminal), terminal),
    )
  on('default', 'choose the connection for all other countries')
    .argument('<connection>', `its name or id, or ${builtIn} for the built-in processor`)
    .action((named: string, options: Given) =>
      runCommand(open, options, ({ db }) => setDefault(db, named, options, terminal), terminal),
    )
  on('remove', 'take a connection out of use; what it began is still settled')
    .argument('<connection>', 'its name or id')
    .option('--with-cards', 'also when cards are stored there, which then cannot be charged any more')
    .action((named: string, options: Given) =>
      runCommand(open, options, ({ db }) => remove(db, named, options, terminal), terminal),
    )
}

async function list(db: Db, options: Given): Promise<Outcome> {
  const { org } = await chooseSide(db, options)
  const connections = await listConnections(db, org.id, { withRemoved: options.removed === true })
  const lines = connections.map(lineOf)
  const hasDefault = connections.some(({ isDefault }) => isDefault)
  return {
    data: { connections: connections.map(shown) },
    text: [`PROVIDER  ${'NAME'.padEnd(20)}  COUNTRIES             ID`, ...lines].join('\n'),
    talk: hasDefault
      ? 'Other countries pay through the default (*).'
      : org.livemode
        ? 'There is no default: customers of other countries cannot pay. Choose one: halley providers default <name> --live'
        : 'Other countries pay at the built-in processor, with test cards.',
  }
}

async function add(
  db: Db,
  provider: ProviderName,
  options: Given,
  { ring, publicUrl }: ReturnType<ProviderSettings>,
  terminal: Terminal,
): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  if (options.credentials === undefined && provider !== 'commet') throw keysNeeded(provider)
  const credentials = options.credentials === undefined ? {} : readCredentials(options.credentials)
  const input = { provider, name: options.name ?? provider, credentials }
  const connection = await inTransaction(db, (tx) => addConnection(tx, contextOf(side), ring, input))
  return { data: shown(connection), text: connection.id, talk: nextStep(connection, publicUrl) }
}

function nextStep({ orgId, id, name, provider, isDefault }: Connection, publicUrl: string): string {
  const used = isDefault ? 'It is the default.' : 'Use it: halley providers default, or halley providers route.'
  if (provider === 'commet') return used
  const address = `${publicUrl}/providers/${provider}/${orgId}/${id}/webhook`
  const told = {
    stripe: 'Add it in Stripe (Developers, Webhooks), then give its secret: halley providers update.',
    dlocal: 'dLocal is told it with each payment. Set it there as the chargeback notification URL too.',
  }
  return `Notifications go to ${address}\n${told[provider]}\nTry the keys: halley providers check ${name}\n${used}`
}

const keyFiles = {
  stripe: '{"secretKey": "…", "publishableKey": "…", "webhookSecret": "…"}',
  dlocal: '{"login": "…", "transKey": "…", "secretKey": "…"}',
} as const

function keysNeeded(provider: keyof typeof keyFiles): CommandFailure {
  return new CommandFailure(
    exitCodes.usage,
    'keys_needed',
    `The keys of ${provider} are needed.`,
    `Give them in a file, --credentials <file>, or on standard input, --credentials -: ${keyFiles[provider]}`,
  )
}

async function update(
  db: Db,
  named: string,
  options: Given,
  { ring }: ReturnType<ProviderSettings>,
  terminal: Terminal,
): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  const credentials = readCredentials(options.credentials ?? '-')
  const connection = await inTransaction(db, (tx) => updateCredentials(tx, contextOf(side), ring, named, credentials))
  return {
    data: shown(connection),
    text: connection.id,
    talk: `From now on these keys are used. Try them: halley providers check ${connection.name}`,
  }
}

async function route(
  db: Db,
  countries: readonly string[],
  named: string | undefined,
  options: Given,
  terminal: Terminal,
): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  await inTransaction(db, (tx) => routeCountries(tx, contextOf(side), countries, named ?? null))
  return {
    data: { countries, connection: named ?? null },
    text: countries.join(', '),
    talk: 'New customers from there pay that way. Stored cards stay where they are.',
  }
}

async function setDefault(db: Db, named: string, options: Given, terminal: Terminal): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  const chosen = named === builtIn ? null : named
  await inTransaction(db, (tx) => chooseDefault(tx, contextOf(side), chosen))
  return {
    data: { default: chosen },
    text: named,
    talk: 'New customers pay that way. Stored cards stay where they are.',
  }
}

async function remove(db: Db, named: string, options: Given, terminal: Terminal): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  const withMethods = options.withCards === true
  const { connection, methods } = await inTransaction(db, (tx) =>
    removeConnection(tx, contextOf(side), named, { withMethods }),
  )
  const cards =
    methods === 0n ? '' : ` ${methods} stored ${methods === 1n ? 'card' : 'cards'} cannot be charged any more.`
  return { data: shown(connection), text: connection.id, talk: `It takes no new payments.${cards}` }
}

function shown({ id, provider, name, isDefault, countries, removedAt }: Connection) {
  return { id, provider, name, isDefault, countries, removedAt: removedAt?.toString() ?? null }
}

function lineOf({ id, provider, name, isDefault, countries, removedAt }: Connection): string {
  const mark = removedAt ? ' (removed)' : isDefault ? ' *' : ''
  return `${provider.padEnd(8)}  ${(name + mark).padEnd(20)}  ${countries.join(',').padEnd(20)}  ${id}`
}

function contextOf({ org }: ChosenSide) {
  return { org, now: machineNow() }
}

function readCredentials(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // What is in the file is not repeated: it may hold keys.
  }
  throw new CommandFailure(
    exitCodes.usage,
    'unreadable_credentials',
    `${file === '-' ? 'Standard input' : file} is not a JSON object with keys.`,
    `For Stripe: ${keyFiles.stripe}; for dLocal: ${keyFiles.dlocal}`,
  )
}

function providerName(value: string): ProviderName {
  const known = providerNames.find((name) => name === value)
  if (known) return known
  throw new InvalidArgumentError(`Choose one of ${providerNames.join(', ')}.`)
}

function countryList(value: string): string[] {
  const countries = value.split(',').map((code) => code.trim().toUpperCase())
  if (countries.every((code) => /^[A-Z]{2}$/.test(code))) return countries
  throw new InvalidArgumentError('Give country codes with commas, e.g. BR,CL.')
}
