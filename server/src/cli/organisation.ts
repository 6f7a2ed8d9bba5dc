import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import * as z from 'zod'
import {
  CommandFailure,
  exitCodes,
  type Open,
  type Outcome,
  processTerminal,
  runCommand,
  type Terminal,
} from '#cli/command.ts'
import { chooseSide, confirmLive } from '#cli/side.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import { updateSettings } from '#organisations/actions/update-settings.ts'
import { toSettings } from '#organisations/organisations.view.ts'
import { SettingsBody, SettingsObject } from '#organisations/settings.contract.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { machineNow } from '#time/clock.ts'

type Options = { live?: boolean; yes?: boolean; json?: boolean }
type Given = Options & {
  legalName?: string
  address?: string
  taxId?: string
  registration?: string
  hsnCode?: string
  supportEmail?: string
  paymentInstructions?: string
  language?: string
  netDays?: string
  mail?: string
  mailDelivery?: string
  mailOff?: string[]
  mailWanted?: string[]
  tax?: string
  taxIn?: string[]
  taxConnection?: string
  file?: string
}

/** `halley organisation show | set`: the seller on invoices, which mails are sent, where tax is charged. */
export function organisationCommand(program: Command, open: Open, terminal: Terminal = processTerminal()): void {
  const organisation = program
    .command('organisation')
    .description('the seller on invoices, mails and tax: of the sandbox, or of the live side with --live')
  organisation
    .command('show')
    .description('show what is set')
    .option('--live', 'the live side')
    .option('--json', 'print JSON')
    .action((options: Options) => runCommand(open, options, ({ db }) => show(db, options), terminal))
  organisation
    .command('set')
    .description('change it; what is not named stays, an empty text takes away')
    .option('--legal-name <text>', 'the registered name')
    .option('--address <json>', 'as JSON: line1, line2, city, state, postalCode, country')
    .option('--tax-id <text>', 'VAT number, EIN, RFC …')
    .option('--registration <text>', 'company register, for the foot of invoices')
    .option('--hsn-code <digits>', 'HSN or SAC code of what is sold, on invoices of sellers in India')
    .option('--support-email <address>', 'on invoices, and where answers to mails go')
    .option('--payment-instructions <text>', 'how to pay an invoice that is not charged to a card')
    .option('--language <en|es>', 'for whoever reads no other language that Halley writes')
    .option('--net-days <days>', 'how long customers have to pay an adjustment')
    .option('--mail <on|off>', 'all mails to customers')
    .option('--mail-delivery <smtp|inbox>', 'whether mails leave the house')
    .option('--mail-off <kind...>', 'mails that are not sent; one empty text for none')
    .option('--mail-wanted <kind...>', 'mails that have to be asked for (sale_made); one empty text for none')
    .option('--tax <automatic|none|provider>', 'who calculates tax; provider: Stripe Tax of a connected account')
    .option('--tax-connection <name>', 'whose account, where several are connected')
    .option(
      '--tax-in <place...>',
      'where tax is charged: DE, US-CA, EU for the One-Stop Shop; one empty text for nowhere',
    )
    .option('--file <path>', 'the same as JSON, the body of PUT /api/v1/settings')
    .option('--live', 'the live side')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((given: Given) => runCommand(open, given, ({ db }) => set(db, given, terminal), terminal))
}

async function show(db: Db, options: Options): Promise<Outcome> {
  const { org } = await chooseSide(db, options)
  return outcome(toSettings(await findSettings(db, org.id), org.livemode))
}

async function set(db: Db, given: Given, terminal: Terminal): Promise<Outcome> {
  const parsed = SettingsBody.safeParse(given.file === undefined ? bodyOf(given) : jsonOf(readText(given.file)))
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new CommandFailure(exitCodes.usage, 'validation_error', wrong.join('\n'))
  }
  const side = await chooseSide(db, given)
  await confirmLive(side, given, terminal)
  const settings = await inTransaction(db, (tx) => updateSettings(tx, side.org, parsed.data, machineNow()))
  return outcome(toSettings(settings, side.org.livemode))
}

function bodyOf(given: Given): Record<string, unknown> {
  const text = (value: string | undefined) => (value === undefined ? undefined : value.trim() === '' ? null : value)
  const mail = {
    enabled: given.mail === undefined ? undefined : given.mail === 'on' ? true : given.mail === 'off' ? false : null,
    delivery: text(given.mailDelivery),
    off: given.mailOff?.filter((kind) => kind !== ''),
    wanted: given.mailWanted?.filter((kind) => kind !== ''),
  }
  const tax = {
    mode: given.tax,
    registrations: given.taxIn?.filter((place) => place !== ''),
    connection: text(given.taxConnection),
  }
  const address = text(given.address)
  const body = {
    legalName: text(given.legalName),
    address: typeof address === 'string' ? jsonOf(address) : address,
    taxId: text(given.taxId),
    registration: text(given.registration),
    hsnCode: text(given.hsnCode),
    supportEmail: text(given.supportEmail),
    paymentInstructions: text(given.paymentInstructions),
    language: given.language,
    netDays: given.netDays === undefined ? undefined : Number(given.netDays),
    ...(Object.values(mail).some((value) => value !== undefined) ? { mail: withoutAbsent(mail) } : {}),
    ...(Object.values(tax).some((value) => value !== undefined) ? { tax: withoutAbsent(tax) } : {}),
  }
  return withoutAbsent(body)
}

function withoutAbsent(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandFailure(exitCodes.usage, 'invalid_json', 'That is not JSON.')
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new CommandFailure(exitCodes.notFound, 'not_found', `${path} cannot be read.`)
  }
}

function outcome(settings: z.output<typeof SettingsObject>): Outcome {
  const data = z.encode(SettingsObject, settings)
  const { address, mail, tax, object: _object, livemode: _mode, ...texts } = data
  const rows: [string, string][] = [
    ...Object.entries(texts).map<[string, string]>(([name, value]) => [name, String(value ?? '–')]),
    ['address', address ? Object.values(address).filter(Boolean).join(', ') : '–'],
    ['mail', mail.enabled ? 'on' : 'off'],
    ['mailDelivery', mail.delivery ?? (data.livemode ? 'smtp (usual)' : 'inbox (usual)')],
    ['mailOff', mail.off.join(', ') || '–'],
    ['mailWanted', mail.wanted.join(', ') || '–'],
    ['tax', tax.connection === null ? tax.mode : `${tax.mode} (${tax.connection})`],
    ['taxIn', tax.registrations.join(', ') || '–'],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return { data, text: rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n') }
}
