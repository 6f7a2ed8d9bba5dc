import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { keysCommand } from '#cli/keys.ts'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { findKeyOwner } from '#organisations/api-keys.store.ts'
import { digestOf } from '#organisations/secret.ts'
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

const halley = (words: string[], answer?: string | null) => runCli(keysCommand, database.db, ['keys', ...words], answer)

const sideOf = async (key: string) => (await findKeyOwner(database.db, digestOf(key.trim())))?.org.mode

test('create prints the key alone, and says the rest beside it', async () => {
  const { out, err, exitCode } = await halley(['create', 'Build server'])
  assert.match(out, /^ck_test_[0-9A-Za-z]{43}\n$/)
  assert.match(err, /cannot be shown again/)
  assert.equal(exitCode, 0)
  assert.equal(await sideOf(out), 'sandbox')
})

test('create --json prints the key as the API would', async () => {
  const { out, err } = await halley(['create', 'Build server', '--expires-in-days', '7', '--json'])
  const key = JSON.parse(out)
  assert.equal(key.object, 'api_key')
  assert.equal(key.name, 'Build server')
  assert.equal(Date.parse(key.expiresAt) - Date.parse(key.createdAt), 7 * 86_400_000)
  assert.equal(err, '')
})

test('list shows keys without their secret part', async () => {
  const { out } = await halley(['create', 'Listed', '--json'])
  const { id, apiKey } = JSON.parse(out)
  const text = (await halley(['list'])).out
  assert.match(text, new RegExp(`${id} +${apiKey.slice(0, 12)}… +\\d{4}-\\d\\d-\\d\\d +Listed`))
  assert(!text.includes(apiKey))
  const { keys } = JSON.parse((await halley(['list', '--json'])).out)
  assert(keys.some((key: { id: string }) => key.id === id))
})

test('revoke deletes, and a second time there is no such key', async () => {
  const { id, apiKey } = JSON.parse((await halley(['create', '--json'])).out)
  assert.equal((await halley(['revoke', id])).exitCode, 0)
  assert.equal(await sideOf(apiKey), undefined)
  const again = await halley(['revoke', id, '--json'])
  assert.equal(again.exitCode, 4)
  assert.equal(again.out, '')
  assert.equal(JSON.parse(again.err).error.code, 'api_key_not_found')
})

test('the live side is changed only by who means it', async () => {
  assert.equal((await halley(['create', '--live'])).exitCode, 2)
  assert.equal((await halley(['create', '--live'], 'Acne')).exitCode, 2)
  assert.equal((await halley(['create', '--live'], null)).exitCode, 130)
  assert.equal(await sideOf((await halley(['create', '--live'], 'Acme')).out), 'live')
  assert.equal(await sideOf((await halley(['create', '--live', '--yes'])).out), 'live')
  assert.equal((await halley(['list', '--live'])).exitCode, 0)
})

test('on an empty database the next step is named', async () => {
  const empty = await cloneDatabase({ max: 2 })
  try {
    const { err, exitCode } = await runCli(keysCommand, empty.db, ['keys', 'list'])
    assert.equal(exitCode, 4)
    assert.match(err, /npm start/)
  } finally {
    await empty.drop()
  }
})
