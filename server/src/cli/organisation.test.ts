import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { organisationCommand } from '#cli/organisation.ts'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { noon } from '../../test/support/organisations.ts'
import { runCli } from '../../test/support/terminal.ts'

let database: ClonedDatabase
before(async () => {
  database = await cloneDatabase()
  const input = { name: 'Acme', fixedKeys: { live: undefined, sandbox: undefined }, machineNow: noon }
  await inTransaction(database.db, (tx) => createFirstOrganisation(tx, input))
})
after(() => database.drop())

const halley = (words: string[], answer?: string | null) =>
  runCli(organisationCommand, database.db, ['organisation', ...words], answer)
const shown = async (...words: string[]) => JSON.parse((await halley(['show', '--json', ...words])).out)

test('set changes what is named, and an empty text takes away', async () => {
  const address = '{"line1":"Calle de Alcalá 1","city":"Madrid","postalCode":"28014","country":"ES"}'
  await halley(['set', '--legal-name', 'Acme S.L.', '--address', address, '--tax-id', 'ESB12345678'])
  await halley(['set', '--tax-id', '', '--mail', 'off', '--mail-off', 'receipt', 'renewal_reminder'])
  const { legalName, address: kept, taxId, mail } = await shown()
  assert.deepEqual([legalName, kept.city, taxId], ['Acme S.L.', 'Madrid', null])
  assert.deepEqual(mail, { enabled: false, delivery: null, off: ['receipt', 'renewal_reminder'], wanted: [] })
  assert.equal((await shown('--live')).legalName, null)
})

test('show is a table for people', async () => {
  const { out } = await halley(['show'])
  assert.match(out, /^legalName +/m)
  assert.match(out, /^mailDelivery +inbox \(usual\)$/m)
})

test('the live side is asked about', async () => {
  assert.equal((await halley(['set', '--live', '--legal-name', 'Acme S.L.'], 'Other')).exitCode, 2)
  assert.equal((await shown('--live')).legalName, null)
  assert.equal((await halley(['set', '--live', '--yes', '--legal-name', 'Acme S.L.'])).exitCode, 0)
  assert.equal((await shown('--live')).legalName, 'Acme S.L.')
})

test('what makes no sense is refused with its field', async () => {
  for (const [words, told] of [
    [['--support-email', 'nobody'], /supportEmail/],
    [['--language', 'fr'], /language/],
    [['--address', '{'], /not JSON/],
    [['--mail', 'perhaps'], /mail\.enabled/],
  ] as const) {
    const { err, exitCode } = await halley(['set', ...words])
    assert.equal(exitCode, 2)
    assert.match(err, told)
  }
})
