import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { deleteApiKey } from '#organisations/actions/delete-api-key.ts'
import { findKeyOwner, listApiKeys } from '#organisations/api-keys.store.ts'
import { digestOf } from '#organisations/secret.ts'
import { type ClonedDatabase, cloneDatabase } from '../../../test/support/database.ts'
import { noon } from '../../../test/support/organisations.ts'

let database: ClonedDatabase
beforeEach(async () => {
  database = await cloneDatabase({ max: 8 })
})
afterEach(() => database.drop())

const sandboxKey = `ck_test_${'a'.repeat(40)}`
const liveKey = `ck_live_${'b'.repeat(40)}`

function start(fixed: { sandbox?: string; live?: string } = {}) {
  const input = { name: 'Acme', fixedKeys: { sandbox: fixed.sandbox, live: fixed.live }, machineNow: noon }
  return inTransaction(database.db, (tx) => createFirstOrganisation(tx, input))
}

async function sideOf(key: string): Promise<string | undefined> {
  return (await findKeyOwner(database.db, digestOf(key)))?.org.mode
}

test('the first start makes both sides, each with a random key that opens it', async () => {
  const { isNew, keys, warnings } = await start()
  assert.equal(isNew, true)
  assert.deepEqual(warnings, [])
  assert(keys.sandbox && keys.live)
  assert.match(keys.sandbox, /^ck_test_[0-9A-Za-z]{43}$/)
  assert.match(keys.live, /^ck_live_[0-9A-Za-z]{43}$/)
  assert.equal(await sideOf(keys.sandbox), 'sandbox')
  assert.equal(await sideOf(keys.live), 'live')
})

test('keys are stored as digests alone', async () => {
  const { organisation, keys } = await start({ sandbox: sandboxKey })
  const { rows } = await database.pool.query(
    'select api_key::text, digest::text from api_key join api_key_digest using (digest)',
  )
  assert.equal(rows.length, 2)
  for (const row of rows) {
    assert.doesNotMatch(JSON.stringify(row), new RegExp(`${'a'.repeat(20)}|${keys.live?.slice(12)}`))
  }
  const [key] = await listApiKeys(database.db, organisation.sandboxOrgId, 10, undefined)
  assert.equal(key?.prefix, 'ck_test_aaaa')
})

test('later starts change nothing and know no key to print', async () => {
  const first = await start()
  const second = await start()
  assert.deepEqual(second, { ...first, isNew: false, keys: { live: null, sandbox: null } })
})

test('eight processes that start at once make one organisation', async () => {
  const results = await Promise.all(Array.from({ length: 8 }, () => start({ sandbox: sandboxKey })))
  assert.equal(new Set(results.map(({ organisation }) => organisation.id)).size, 1)
  assert.equal(results.filter(({ isNew }) => isNew).length, 1)
  const { rows } = await database.pool.query('select from api_key')
  assert.equal(rows.length, 2)
})

test('configured keys work, never expire and stay printable', async () => {
  const { organisation } = await start({ sandbox: sandboxKey, live: liveKey })
  assert.equal(await sideOf(sandboxKey), 'sandbox')
  assert.equal(await sideOf(liveKey), 'live')
  const [key] = await listApiKeys(database.db, organisation.liveOrgId, 10, undefined)
  assert.equal(key?.expiresAt, null)
  assert.deepEqual((await start({ sandbox: sandboxKey, live: liveKey })).keys, { live: liveKey, sandbox: sandboxKey })
})

test('a key configured later is added beside the ones there are', async () => {
  const { keys } = await start()
  await start({ sandbox: sandboxKey })
  assert(keys.sandbox)
  assert.equal(await sideOf(keys.sandbox), 'sandbox')
  assert.equal(await sideOf(sandboxKey), 'sandbox')
})

test('a configured key that was deleted stays deleted, and the operator is told', async () => {
  const { organisation } = await start({ sandbox: sandboxKey })
  const [key] = await listApiKeys(database.db, organisation.sandboxOrgId, 10, undefined)
  assert(key)
  const side = { id: organisation.sandboxOrgId }
  await inTransaction(database.db, (tx) => deleteApiKey(tx, side, { id: key.id, machineNow: noon }))
  const { keys, warnings } = await start({ sandbox: sandboxKey })
  assert.equal(keys.sandbox, null)
  assert.equal(warnings.length, 1)
  assert.equal(await sideOf(sandboxKey), undefined)
})

test('a key of the wrong side or too short stops the start, without being shown', async () => {
  for (const sandbox of [liveKey, 'ck_test_secret']) {
    await assert.rejects(start({ sandbox }), (error: Error) => {
      assert.equal(error.name, 'UnusableKey')
      assert.match(error.message, /^HALLEY_SANDBOX_KEY cannot be used/)
      return !error.message.includes('secret') && !error.message.includes('bbbb')
    })
  }
})
