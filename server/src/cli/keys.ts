import { type Command, InvalidArgumentError } from 'commander'
import * as z from 'zod'
import { type Open, type Outcome, processTerminal, runCommand, type Terminal } from '#cli/command.ts'
import { chooseSide, confirmLive } from '#cli/side.ts'
import type { Db } from '#database/transaction.ts'
import { inTransaction } from '#database/transaction.ts'
import { createApiKey } from '#organisations/actions/create-api-key.ts'
import { deleteApiKey } from '#organisations/actions/delete-api-key.ts'
import { defaultExpiryDays, longestExpiryDays } from '#organisations/api-key.ts'
import { ApiKey, CreatedApiKey } from '#organisations/api-keys.contract.ts'
import { listApiKeys } from '#organisations/api-keys.store.ts'
import { toApiKey, toCreatedApiKey } from '#organisations/organisations.view.ts'
import { machineNow } from '#time/clock.ts'

type Options = { live?: boolean; yes?: boolean; json?: boolean }

const listedAtMost = 1000

/** `halley keys create | list | revoke`: the API keys of the first organisation. */
export function keysCommand(program: Command, open: Open, terminal: Terminal = processTerminal()): void {
  const keys = program.command('keys').description('API keys: the sandbox, or the live side with --live')
  keys
    .command('create')
    .description('make a key; it is printed this once')
    .argument('[name]', 'what it is for', keyName, 'Made on the command line')
    .option('--expires-in-days <days>', `1 to ${longestExpiryDays}`, wholeDays, defaultExpiryDays)
    .option('--live', 'a key of the live side')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((name: string, options: Options & { expiresInDays: number }) =>
      runCommand(open, options, ({ db }) => create(db, name, options, terminal), terminal),
    )
  keys
    .command('list')
    .description('show keys, without their secret part')
    .option('--live', 'keys of the live side')
    .option('--json', 'print JSON')
    .action((options: Options) => runCommand(open, options, ({ db }) => list(db, options), terminal))
  keys
    .command('revoke')
    .description('delete a key; it stops working at once')
    .argument('<id>', 'key_…, as shown by list')
    .option('--live', 'a key of the live side')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((id: string, options: Options) =>
      runCommand(open, options, ({ db }) => revoke(db, id, options, terminal), terminal),
    )
}

async function create(
  db: Db,
  name: string,
  options: Options & { expiresInDays: number },
  terminal: Terminal,
): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  const input = { name, expiresInDays: options.expiresInDays, machineNow: machineNow() }
  const key = await inTransaction(db, (tx) => createApiKey(tx, side.org, input))
  return {
    data: z.encode(CreatedApiKey, toCreatedApiKey(key, side.org.livemode)),
    text: key.apiKey,
    talk: `Keep it now: it cannot be shown again. It works until ${dayOf(key.expiresAt)}. To take it back: halley keys revoke ${key.id}`,
  }
}

async function list(db: Db, options: Options): Promise<Outcome> {
  const { org } = await chooseSide(db, options)
  const keys = await listApiKeys(db, org.id, listedAtMost, undefined)
  const rows = keys.map((key) => [key.id, `${key.prefix}…`, key.expiresAt ? dayOf(key.expiresAt) : 'never', key.name])
  return {
    data: { keys: keys.map((key) => z.encode(ApiKey, toApiKey(key, org.livemode))) },
    text: table([['ID', 'KEY', 'EXPIRES', 'NAME'], ...rows]),
  }
}

async function revoke(db: Db, id: string, options: Options, terminal: Terminal): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  await inTransaction(db, (tx) => deleteApiKey(tx, side.org, { id, machineNow: machineNow() }))
  return { data: { id, deleted: true }, text: id, talk: 'Deleted. Requests with this key now answer 401.' }
}

function keyName(value: string): string {
  const name = value.trim()
  if (name.length >= 1 && name.length <= 200) return name
  throw new InvalidArgumentError('Give 1 to 200 characters.')
}

function wholeDays(value: string): number {
  const days = Number(value)
  if (/^\d+$/.test(value) && days >= 1 && days <= longestExpiryDays) return days
  throw new InvalidArgumentError(`Give whole days, 1 to ${longestExpiryDays}.`)
}

function dayOf(instant: Temporal.Instant): string {
  return instant.toString().slice(0, 10)
}

/** Columns side by side, two spaces between them. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
