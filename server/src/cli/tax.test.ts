import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { taxCommand } from '#cli/tax.ts'
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

const halley = (words: string[], answer?: string | null) => runCli(taxCommand, database.db, ['tax', ...words], answer)

test('list shows what is charged at each place of a country', async () => {
  const { out } = await halley(['list', 'ca'])
  assert.match(out, /^CA +shipped +GST 5%$/m)
  assert.match(out, /^CA-QC +shipped +GST 5% \+ QST 9\.975%$/m)
  assert.match((await halley(['rates', 'de'])).out, /^DE +shipped +VAT 19% +since 2021-01-01$/m)
})

test('list says which data set ships, and of the United States that it is not to be relied on until rates are set', async () => {
  assert.match((await halley(['list', 'DE'])).err, /Shipped rates: sales-tax 2\.23\.0\.\n$/)
  assert.match((await halley(['list', 'US'])).err, /several are years out of date/)
})

test('set puts own rates beside the shipped ones, remove ends them, and a second time there are none', async () => {
  assert.equal((await halley(['set', 'ca-qc', 'GST=5', 'QST=10.125', '--from', '2026-01-01'])).out, 'CA-QC\n')
  assert.match((await halley(['list', 'CA'])).out, /^CA-QC +own +GST 5% \+ QST 10\.125% +since 2026-01-01$/m)
  assert.equal((await halley(['set', 'DE', '--from', '2026-01-01'])).exitCode, 0)
  assert.match((await halley(['list', 'DE'])).out, /^DE +own +none +since 2026-01-01$/m)
  await halley(['remove', 'CA-QC'])
  assert.match((await halley(['list', 'CA'])).out, /^CA-QC +shipped/m)
  assert.equal((await halley(['remove', 'CA-QC', '--json'])).exitCode, 4)
})
