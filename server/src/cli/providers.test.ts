import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Command } from 'commander'
import type { Open, Terminal } from '#cli/command.ts'
import { providersCommand } from '#cli/providers.ts'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { type KeyRing, keyRing } from '#organisations/sealing.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { openConnections, readCredentials } from '#payments/connections.ts'
import { simulatedProcessor } from '#payments/providers/simulated/processor.ts'
import type { Connections } from '#payments/services.ts'
import { providerFactories } from '#provider-factories.ts'
import { machineNow } from '#time/clock.ts'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { DlocalDouble } from '../../test/support/dlocal-double.ts'
import { noon } from '../../test/support/organisations.ts'
import { StripeDouble } from '../../test/support/stripe-double.ts'
import { runCli } from '../../test/support/terminal.ts'

const secret = 'a secret of the tests, long enough for them'
const ringOf = (configured?: string): KeyRing => keyRing(secret, configured) ?? assert.fail('these keys are fit')

const directory = mkdtempSync(join(tmpdir(), 'halley-providers-'))
let database: ClonedDatabase
let stripe: StripeDouble
let dlocal: DlocalDouble
let connections: Connections
const providers = { commet: undefined, stripe: undefined, dlocal: undefined }
const ring = ringOf()
before(async () => {
  database = await cloneDatabase()
  const input = { name: 'Acme', fixedKeys: { live: undefined, sandbox: undefined }, machineNow: noon }
  await inTransaction(database.db, (tx) => createFirstOrganisation(tx, input))
  ;[stripe, dlocal] = await Promise.all([StripeDouble.start(), DlocalDouble.start()])
  const factories = providerFactories({
    publicUrl: 'https://billing.example.com',
    machineNow,
    processor: simulatedProcessor({ db: database.db, machineNow, inLiveMode: false }),
    providerAddresses: { stripe: stripe.url, dlocal: dlocal.url },
  })
  connections = openConnections(database.db, ring, factories, (orgId) => findOrg(database.db, orgId))
})
after(async () => {
  await Promise.all([stripe.stop(), dlocal.stop()])
  await database.drop()
  rmSync(directory, { recursive: true })
})

const command = (program: Command, open: Open, terminal?: Terminal) =>
  providersCommand(
    program,
    open,
    () => ({ ring, publicUrl: 'https://billing.example.com' }),
    (db) => ({ db, providers, connections }),
    terminal,
  )

const halley = (words: string[], answer?: string | null) =>
  runCli(command, database.db, ['providers', ...words], answer)

function keys(name: string, credentials: unknown): string {
  const file = join(directory, name)
  writeFileSync(file, JSON.stringify(credentials))
  return file
}

const testKeys = keys('test.json', { secretKey: 'sk_test_51abcdefgh', publishableKey: 'pk_test_51abcdefgh' })
const dlocalKeys = keys('dlocal.json', { login: 'abcd1234', transKey: 'efgh5678', secretKey: 'ijkl9012' })

async function listed(...words: string[]) {
  return JSON.parse((await halley(['list', '--json', ...words])).out).connections
}

test('add connects, keeps no key readable, and says where notifications go', async () => {
  const { out, err, exitCode } = await halley(['add', 'stripe', '--name', 'world', '--credentials', testKeys])
  assert.equal(exitCode, 0)
  assert.match(err, /https:\/\/billing\.example\.com\/providers\/stripe\/org_\w+\/con_\w+\/webhook/)
  const { rows } = await database.pool.query('select * from payment_connection')
  assert.equal(rows[0].id, out.trim())
  assert.doesNotMatch(JSON.stringify(rows), /sk_test/)
  assert.equal((await halley(['add', 'stripe', '--name', 'world', '--credentials', testKeys])).exitCode, 5)
})

test('test keys are refused on the live side, and the message holds no key', async () => {
  const { err, exitCode } = await halley(['add', 'stripe', '--name', 'x', '--credentials', testKeys, '--live', '--yes'])
  assert.equal(exitCode, 2)
  assert.match(err, /live key/)
  assert.doesNotMatch(err, /51abcdefgh/)
})

test('countries are routed, the default is chosen, and a removed connection is gone from both', async () => {
  await halley(['add', 'dlocal', '--name', 'latam', '--credentials', dlocalKeys])
  await halley(['route', 'br,cl', 'latam'])
  await halley(['default', 'world'])
  const found = await listed()
  assert.deepEqual(
    found.map(({ name, countries, isDefault }: Record<string, unknown>) => [name, countries, isDefault]),
    [
      ['world', [], true],
      ['latam', ['BR', 'CL'], false],
    ],
  )
  await halley(['route', 'CL'])
  assert.deepEqual((await listed())[1].countries, ['BR'])
  assert.equal((await halley(['remove', 'latam'])).exitCode, 0)
  assert.deepEqual((await listed()).length, 1)
  assert.equal((await halley(['route', 'BR', 'latam'])).exitCode, 4)
  await halley(['default', 'built-in'])
  assert.equal((await listed())[0].isDefault, false)
})

test('update adds the secret of notifications and leaves the other keys', async () => {
  const file = keys('webhook.json', { webhookSecret: 'whsec_abcdefghijkl' })
  const { out } = await halley(['update', 'world', '--credentials', file])
  const { rows } = await database.pool.query('select org_id from payment_connection where id = $1', [out.trim()])
  const credentials = await readCredentials(database.db, ring, rows[0].org_id, out.trim())
  assert.equal(credentials?.provider === 'stripe' && credentials.webhookSecret, 'whsec_abcdefghijkl')
  assert.equal(credentials?.secretKey, 'sk_test_51abcdefgh')
})

test('a name that says nothing or means something else, keys that are nobody’s, and a country that is none are refused', async () => {
  const add = (name: string, file: string) => halley(['add', 'dlocal', '--name', name, '--credentials', file])
  for (const name of ['', ' ', 'built-in', 'x'.repeat(41)]) assert.equal((await add(name, dlocalKeys)).exitCode, 2)
  const foreign = keys('foreign.json', { login: 'abcd1234', transKey: 'efgh5678', secretKey: 'ij', apiKey: 'klmn3456' })
  const { err, exitCode } = await add('andes', foreign)
  assert.equal(exitCode, 2)
  assert.equal(
    err.trim(),
    'apiKey is not a key of dlocal, which has login, transKey, secretKey. secretKey must be as dLocal shows it: 4 characters or more, none of them a space. (validation_error)',
  )
  assert.equal((await halley(['add', 'commet', '--name', 'sim', '--credentials', dlocalKeys])).exitCode, 2)
  const bare = await halley(['add', 'dlocal', '--name', 'andes'])
  assert.match(bare.err, /The keys of dlocal are needed\. \(keys_needed\)\nGive them in a file/)
  assert.equal((await halley(['route', 'XX', 'world'])).exitCode, 2)
})

test('a connection that is not there is told with those that are', async () => {
  const { err, exitCode } = await halley(['default', 'mars'])
  assert.equal(exitCode, 4)
  assert.equal(err.trim(), 'There is no payment connection mars in sandbox mode. There are: world. (not_found)')
})

test('adding dLocal says where its chargebacks are told', async () => {
  const { err } = await halley(['add', 'dlocal', '--name', 'andes', '--credentials', dlocalKeys])
  assert.match(
    err,
    /webhook\ndLocal is told it with each payment\. Set it there as the chargeback notification URL too\./,
  )
})

test('check says which connections have keys that are taken, which not, and who does not answer', async () => {
  const { secretKey, publishableKey } = stripe
  await halley(['add', 'stripe', '--name', 'good', '--credentials', keys('good.json', { secretKey, publishableKey })])
  await halley(['add', 'commet', '--name', 'sim'])
  const { out, err, exitCode } = await halley(['check'])
  assert.equal(exitCode, 1)
  assert.deepEqual(out.trim().split('\n'), [
    'FAIL world (stripe): does not take the keys',
    'FAIL andes (dlocal): does not take the keys',
    'ok   good (stripe): takes the keys',
    'ok   sim (commet): needs no keys',
  ])
  assert.match(err, /halley providers update world --credentials <file>, halley providers update andes /)
  const replaced = await halley(['update', 'andes', '--credentials', keys('right.json', dlocal.credentials)])
  assert.equal(replaced.exitCode, 0)
  assert.equal((await halley(['check', 'andes'])).exitCode, 0)
  dlocal.isMute = true
  const mute = await halley(['check', 'andes', '--json'])
  dlocal.isMute = false
  assert.equal(mute.exitCode, 1)
  assert.equal(JSON.parse(mute.out).connections[0].result, 'no_answer')
})
