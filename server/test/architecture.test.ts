import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { domains, type Import, isDomain, readSources, type Source } from './support/sources.ts'

const root = join(import.meta.dirname, '..', '..')

/** Files of a domain that hold state, speak to something outside or write rows: neither pure nor any of the named kinds. */
const parts = [
  // Ids and secrets are random.
  'id.ts',
  'organisations/secret.ts',
  'organisations/sealing.ts',
  // The data set of AI models, read from its package once.
  'catalogue/shipped-models.ts',
  // Tax numbers and rates, checked and read by packages.
  'customers/tax-number.ts',
  'tax/shipped-rates.ts',
  // The hot path's own machinery.
  'metering/access-reader.ts',
  'metering/beliefs.ts',
  'metering/key-turns.ts',
  'metering/metering.ts',
  'metering/partitions.ts',
  'metering/terms-cache.ts',
  'metering/usage-batches.ts',
  'organisations/key-uses.ts',
  // A leaf that takes a tx, and the way to the mail server.
  'mail/outbox.ts',
  'mail/transport.ts',
  // Draws what was put into words elsewhere.
  'invoicing/pdf/draw-lines.ts',
  'invoicing/pdf/fonts.ts',
  'invoicing/pdf/embedded-font.ts',
  'invoicing/pdf/line-breaks.ts',
  'invoicing/pdf/render-invoice.ts',
  'invoicing/pdf/sheet.ts',
  'invoicing/pdf/typeset.ts',
  'invoicing/pdf/visual-order.ts',
  // Reads the catalogue once for many subscriptions.
  'billing/catalogue.ts',
  // A leaf that takes a tx, called from everywhere.
  'webhooks/outbox.ts',
  // Signs, keeps secrets, judges addresses, speaks to strangers' servers, and one endpoint's deliveries under way.
  'webhooks/signing.ts',
  'webhooks/secret-box.ts',
  'webhooks/addresses.ts',
  'webhooks/sender.ts',
  'webhooks/endpoint-run.ts',
  'webhooks/endpoint-signature.ts',
  'webhooks/webhook-services.ts',
  'webhooks/follow-events.ts',
  // The port's services, and a company of its own with books of its own.
  'payments/services.ts',
  'payments/connections.ts',
  // Asks their tax services, and remembers which are out of reach.
  'payments/tax-desk.ts',
  // Other companies, spoken to over the network.
  'payments/providers/dlocal/chargebacks.ts',
  'payments/providers/dlocal/dlocal-provider.ts',
  'payments/providers/dlocal/orders.ts',
  'payments/providers/dlocal/refunding.ts',
  'payments/providers/dlocal/requests.ts',
  'payments/providers/dlocal/signature.ts',
  'payments/providers/stripe/intents.ts',
  'payments/providers/stripe/notification.ts',
  'payments/providers/stripe/payouts.ts',
  'payments/providers/stripe/refusals.ts',
  'payments/providers/stripe/stripe-provider.ts',
  'payments/providers/stripe/stripe-tax.ts',
  'payments/providers/stripe/unreachable.ts',
  'payments/providers/simulated/check-card.ts',
  'payments/providers/simulated/line.ts',
  'payments/providers/simulated/payouts.ts',
  'payments/providers/simulated/processor.ts',
  // Runs every check in one reading transaction of its own.
  'verification/verify.ts',
]

const sources = readSources(parts)
const byPath = new Map(sources.map((source) => [source.path, source]))

/** Accepted breaches, each with its reason: `importer → imported`. */
const acceptedImports = new Set([
  // The rule how an organisation's time follows from the machine's is a pure function of the clock's file.
  'organisations/test-clock.ts → time/clock.ts',
  // The hot path's replays and stale readings are answers of the operation, decided where they are known.
  'metering/actions/commit-reservation.ts → http/operation.ts',
  'metering/actions/read-current-access.ts → http/operation.ts',
  'metering/actions/reserve-usage.ts → http/operation.ts',
  'metering/actions/track-usage.ts → http/operation.ts',
  'metering/actions/track-usage-batch.ts → http/operation.ts',
  'metering/access-reader.ts → http/operation.ts',
  // One statement in three files: its parts that draw on ledgers and tell of included amounts.
  'metering/record-events.store.ts → metering/draw-ledger.store.ts',
  'metering/record-events.store.ts → metering/tell-quota.store.ts',
  // One check in two files: what is told, and what it is held against.
  'verification/ledger-checks.store.ts → verification/archived-events.store.ts',
  'verification/metering-checks.store.ts → verification/archived-events.store.ts',
  'verification/told-checks.store.ts → verification/archived-events.store.ts',
  'verification/told-checks.store.ts → verification/happenings.store.ts',
  // A batch reports each refused entry as the same operation alone would have refused it.
  'customers/customer-batch.routes.ts → http/validation.ts',
  // So does a batch of usage, in the same envelope.
  'metering/usage-batch.routes.ts → http/body.ts',
  'metering/usage-batch.routes.ts → http/validation.ts',
  'metering/usage.view.ts → http/envelope.ts',
  // Staged operations begin and commit by themselves.
  'subscriptions/subscriptions.routes.ts → database/transaction.ts',
  'subscriptions/recovery.routes.ts → database/transaction.ts',
  'subscriptions/addons.routes.ts → database/transaction.ts',
  // Processing billing by request waits for the charges that a worker took.
  'billing/actions/process-billing.ts → npm:node:timers/promises',
  // The command line explains an invoice exactly as the API does.
  'cli/explain.ts → billing/actions/explain-invoice.ts',
  'cli/explain.ts → billing/explanation.contract.ts',
  'cli/explain.ts → billing/explanation.view.ts',
  'cli/explain.ts → billing/explanation/explanation-text.ts',
  // And simulates as it does.
  'cli/simulate.ts → billing/actions/run-simulation.ts',
  'cli/simulate.ts → billing/simulation.contract.ts',
  'cli/simulate.ts → billing/simulation.view.ts',
  'cli/simulate.ts → billing/simulation/simulation-text.ts',
  // A confirmation takes an Idempotency-Key like every operation, and refuses in the same envelope.
  'hosted/actions/confirm-once.ts → http/envelope.ts',
  'hosted/actions/confirm-once.ts → http/idempotency.ts',
])

const packagesOf: Partial<Record<Source['kind'], readonly string[]>> = {
  pure: ['npm:node:assert/strict'],
  contract: ['npm:zod'],
  store: ['npm:kysely', 'npm:pg', 'npm:node:assert/strict'],
  view: ['npm:zod'],
  action: ['npm:node:assert/strict'],
  routes: [],
}

const alwaysAllowed = ['problem.ts', 'id.ts']

test('each kind of file imports only what its kind may', () => {
  const breaches = sources.flatMap((source) =>
    source.imports
      .filter((imported) => !mayImport(source, imported) && !acceptedImports.has(nameOf(source, imported)))
      .map((imported) => nameOf(source, imported)),
  )
  assert.deepEqual(breaches, [])
})

test('every accepted breach is still there', () => {
  const names = new Set(sources.flatMap((source) => source.imports.map((imported) => nameOf(source, imported))))
  assert.deepEqual(
    [...acceptedImports].filter((name) => !names.has(name)),
    [],
  )
  assert.deepEqual(
    parts.filter((path) => !byPath.has(path)),
    [],
  )
})

const nameOf = (source: Source, imported: Import) => `${source.path} → ${imported.path}`

function mayImport(source: Source, { path, isTypeOnly }: Import): boolean {
  if (source.kind === 'root') return true
  if (path.startsWith('npm:')) return mayImportPackage(source, path, isTypeOnly)
  const target = byPath.get(path)
  // Generated tables, and the types of the pages' properties.
  if (!target) return isTypeOnly && (path.startsWith('database/') || path.includes('web/src/'))
  if (alwaysAllowed.includes(path) || (target.kind === 'pure' && source.kind !== 'shell')) return true
  switch (source.kind) {
    case 'pure':
      return false
    case 'contract':
      return target.kind === 'contract' || path === 'http/operation.ts'
    case 'store':
      return target.folder === 'database' || (target.kind === 'store' && isTypeOnly)
    case 'view':
      return isTypeOnly && (target.folder === source.folder || path === 'webhooks/outbox.ts')
    case 'action':
      return path === 'database/transaction.ts' || mayAct(source, target, isTypeOnly)
    case 'routes':
      return path === 'http/operation.ts' || isOwnEdge(source, target) || mayAct(source, target, isTypeOnly)
    case 'part':
      return mayBePartOf(source, target) || mayAct(source, target, isTypeOnly)
    case 'shell':
      return mayShellImport(source, target, isTypeOnly)
    default:
      return source.kind satisfies never
  }
}

function mayImportPackage({ kind, path }: Source, imported: string, isTypeOnly: boolean): boolean {
  if (kind === 'part' || kind === 'shell') return true
  if (isTypeOnly && imported === 'npm:zod') return kind !== 'pure' && kind !== 'store'
  return packagesOf[kind]?.includes(imported) ?? assert.fail(`${path} has no packages`)
}

/** Actions call any store, the outbox, the tools of jobs, provider ports, and actions of their own domain or of one to its left. */
function mayAct(source: Source, target: Source, isTypeOnly: boolean): boolean {
  if (target.kind === 'store' || target.path === 'webhooks/outbox.ts' || target.folder === 'jobs') return true
  if (target.kind === 'view' || target.kind === 'contract') return target.folder === source.folder
  return isDomain(target.folder) && (isLeftOrOwn(source, target) || isTypeOnly)
}

function isLeftOrOwn(source: Source, target: Source): boolean {
  const place = (folder: string) => (domains as readonly string[]).indexOf(folder)
  return place(target.folder) <= place(source.folder)
}

const isOwnEdge = (source: Source, target: Source) =>
  target.folder === source.folder && ['contract', 'view', 'routes'].includes(target.kind)

/** Parts reach the database; the hosted pages are an edge like http, with envelope, limits and parsing in common. */
function mayBePartOf(source: Source, target: Source): boolean {
  return (
    target.folder === 'database' ||
    target.path === 'time/clock.ts' ||
    (source.folder === 'hosted' && target.folder === 'http')
  )
}

/** The shell knows no domain, but for who is asking (organisations) and, in the command line, what it may do for them: keys, prices, seals. */
function mayShellImport(source: Source, target: Source, isTypeOnly: boolean): boolean {
  if (!isDomain(target.folder)) return true
  if (
    source.folder === 'cli' &&
    ['verification', 'catalogue', 'payments', 'tax', 'webhooks', 'mail'].includes(target.folder)
  )
    return true
  if (target.folder !== 'organisations') return false
  return source.folder === 'cli' || isTypeOnly
}

test('pure files reach for nothing outside', () => {
  const outside =
    /Temporal\.Now|\bDate\b(?!\.parse)|Math\.random|\bprocess\.|\bfetch\(|\basync\b|from '(?:zod|kysely|pg-boss|fastify)|from 'node:(?!assert)/
  const found = sources
    .filter(({ kind, path }) => kind === 'pure' && path !== 'time/clock.ts')
    .flatMap(({ path, text }) => {
      const [hit] = outside.exec(withoutComments(text)) ?? []
      return hit ? [`${path}: ${hit}`] : []
    })
  assert.deepEqual(found, [])
})

const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')

/** Tables that are written in more than one place, and why. */
const sharedHomes: Readonly<Record<string, readonly string[]>> = {
  // The one statement of the hot path writes events, keys and counters together.
  usage_counter: [
    'metering/counters.store.ts',
    'metering/moved-usage.store.ts',
    'metering/record-events.store.ts',
    'metering/usage-events.store.ts',
  ],
  // Usage that came while a change of plan was paid is moved by events of its own.
  usage_event: ['metering/moved-usage.store.ts', 'metering/record-events.store.ts'],
  ledger_account: [
    'metering/draw-ledger.store.ts',
    'metering/ledger-accounts.store.ts',
    'metering/raised-funds.store.ts',
  ],
  ledger_entry: [
    'metering/draw-ledger.store.ts',
    'metering/ledger-accounts.store.ts',
    'metering/raised-funds.store.ts',
  ],
  // A threshold of what is included is told by the statement that passes it.
  event: [
    'metering/record-events.store.ts',
    'metering/tell-quota.store.ts',
    'webhooks/events.store.ts',
    'webhooks/outbox.ts',
  ],
  // Old keys are cleared with the partitions.
  usage_event_key: ['metering/partitions.ts', 'metering/record-events.store.ts'],
  // A side is made with its organisation, and so is its sequence of invoice numbers.
  side: ['organisations/organisations.store.ts', 'organisations/sides.store.ts'],
  invoice_sequence: ['invoicing/invoices.store.ts', 'organisations/organisations.store.ts'],
}

/** Who writes although it is no store. */
const writersBesides = ['webhooks/outbox.ts', 'http/idempotency.ts', 'metering/partitions.ts', 'database/migrate.ts']

/** Who reads tables of another domain, and why. */
const foreignReads: Readonly<Record<string, string>> = {
  'billing/due.store.ts': 'what is due is a question to subscriptions in the time of their side',
  'catalogue/prices.store.ts': 'a price in use is not deleted',
  'invoicing/invoices.store.ts':
    'an invoice that becomes final copies its seller, and one that is being paid is not overdue, each in one statement',
  'mail/mail.store.ts': 'the statement that queues a mail looks at the switches',
  'metering/access.store.ts': 'access is read in one round trip',
  'metering/raised-funds.store.ts': 'who is given more follows from the price their subscription has',
  'metering/record-events.store.ts': 'the statement that writes checks the beliefs it was made on',
  'metering/reservations.store.ts': 'a hold runs out by the clock of its side',
  'metering/usage-events.store.ts': 'a counter is opened only while its subscription is what it was',
  'verification/archived-events.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/addon-checks.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/invoice-checks.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/ledger-checks.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/metering-checks.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/payment-checks.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/subscription-checks.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/happenings.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/told-checks.store.ts': 'what holds is recomputed from the rows of every domain',
  'verification/webhook-checks.store.ts': 'what holds is recomputed from the rows of every domain',
  'webhooks/endpoints.store.ts': 'who delivers has to say whose events they are',
}

test('a table is written in one place: the store that owns it', () => {
  const homes = new Map<string, Set<string>>()
  for (const { path, text } of sources) {
    for (const table of tablesIn(text, writes)) homes.set(table, (homes.get(table) ?? new Set()).add(path))
  }
  for (const [table, paths] of homes) {
    assert.deepEqual([...paths].sort(), sharedHomes[table] ?? [[...paths][0]], `who writes ${table}`)
    for (const path of paths)
      assert.ok(path.endsWith('.store.ts') || writersBesides.includes(path), `${path} writes ${table}`)
  }
  assert.ok(homes.size > 20, 'the statements were found')
})

test('SQL is in stores, and reads the tables of its own domain', () => {
  const owners = new Map([['event', 'webhooks']])
  for (const { folder, text } of sources) {
    for (const table of tablesIn(text, writes)) if (!owners.has(table)) owners.set(table, folder)
  }
  const foreign = sources.filter(({ folder, text }) =>
    [...tablesIn(text, reads)].some((table) => owners.has(table) && owners.get(table) !== folder),
  )
  assert.deepEqual(
    foreign.map(({ path }) => path),
    Object.keys(foreignReads).sort(),
  )
})

const writes =
  /(?:insertInto|updateTable|deleteFrom)\('([a-z_.]+)'|(?:insert into|delete from|^\s*update) ([a-z_]+)\b/gm
const reads = /(?:selectFrom|[jJ]oin)\(\[?'([a-z_.]+)|\b(?:from|join) ([a-z_]+)\b/gm

const noTables = ['gives', 'partition']

function tablesIn(text: string, pattern: RegExp): Set<string> {
  const found = [...withoutComments(text).matchAll(pattern)].map(([, builder, plain]) => builder ?? plain ?? '')
  return new Set(found.filter((table) => !noTables.includes(table)))
}

test('names say what a file is about', () => {
  const forbidden = /(?:^|[/.-])(?:utils?|helpers?|common|misc|manager|base|index)(?:\.|\/|-)/
  const files = globSync('{server,web,scripts}/**/*.{ts,tsx,js}', {
    cwd: root,
    exclude: (path) => /node_modules|dist/.test(path),
  })
  assert.ok(files.length > 200)
  // The reason the word plan-base is none of these: it is the name of a line of an invoice.
  assert.deepEqual(
    files.filter((file) => forbidden.test(file.replaceAll('\\', '/')) && !file.endsWith('plan-base.ts')),
    [],
  )
})

test('nothing is left for later, nothing is skipped, nothing is any', () => {
  const files = globSync('{server,web,scripts}/**/*.{ts,tsx,js}', {
    cwd: root,
    exclude: (path) => /node_modules|dist|architecture\.test/.test(path),
  })
  const found = files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    return lines.flatMap((line, index) => {
      const isExplained = /biome-ignore lint\/suspicious\/noExplicitAny: \S/.test(lines[index - 1] ?? '')
      const wrong =
        /\b(?:TODO|FIXME|XXX)\b/.test(line) ||
        /\b(?:test|it|describe)\.(?:skip|only|todo)\b|\b(?:skip|todo): true/.test(line) ||
        (/(?::|\bas|<) ?any\b(?! [a-z])/.test(line) && !isExplained && !/^\s*(?:\/\/|\*)/.test(line))
      return wrong ? [`${file}:${index + 1}: ${line.trim()}`] : []
    })
  })
  assert.deepEqual(found, [])
})
