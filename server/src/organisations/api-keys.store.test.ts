import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { createApiKey } from '#organisations/actions/create-api-key.ts'
import { deleteApiKey } from '#organisations/actions/delete-api-key.ts'
import { findKeyOwner, listApiKeys } from '#organisations/api-keys.store.ts'
import { KeyUses } from '#organisations/key-uses.ts'
import type { Org } from '#organisations/org.ts'
import { digestOf } from '#organisations/secret.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { newOrganisation, noon } from '../../test/support/organisations.ts'

let database: ClonedDatabase
let sandbox: Org
let live: Org
before(async () => {
  database = await cloneDatabase()
  ;({ sandbox, live } = await newOrganisation(database.db))
})
after(() => database.drop())

const create = (org: Org) =>
  inTransaction(database.db, (tx) => createApiKey(tx, org, { name: 'Test', expiresInDays: 30, machineNow: noon }))

const remove = (org: Org, id: string) =>
  inTransaction(database.db, (tx) => deleteApiKey(tx, org, { id, machineNow: noon }))

async function versionOf(org: Org): Promise<bigint> {
  const { version } = (await findOrg(database.db, org.id)) ?? {}
  assert(version !== undefined)
  return version
}

test('a key opens its side until it is deleted', async () => {
  const key = await create(sandbox)
  const owner = await findKeyOwner(database.db, digestOf(key.apiKey))
  assert.equal(owner?.org.id, sandbox.id)
  assert.equal(owner?.expiresAt?.toString(), '2026-07-16T12:00:00Z')
  await remove(sandbox, key.id)
  assert.equal(await findKeyOwner(database.db, digestOf(key.apiKey)), undefined)
})

test('a deleted key leaves no digest to be found by, and leaves the list', async () => {
  const key = await create(sandbox)
  await remove(sandbox, key.id)
  const { rows } = await database.pool.query('select from api_key_digest where key_id = $1', [key.id])
  assert.equal(rows.length, 0)
  const keys = await listApiKeys(database.db, sandbox.id, 100, undefined)
  assert(keys.every(({ id }) => id !== key.id))
})

test('making and deleting a key moves the version that processes compare', async () => {
  const before = await versionOf(sandbox)
  const key = await create(sandbox)
  assert.equal(await versionOf(sandbox), before + 1n)
  await remove(sandbox, key.id)
  assert.equal(await versionOf(sandbox), before + 2n)
})

test('the other side cannot delete a key, and nobody deletes it twice', async () => {
  const key = await create(sandbox)
  await assert.rejects(remove(live, key.id), { code: 'api_key_not_found' })
  await remove(sandbox, key.id)
  await assert.rejects(remove(sandbox, key.id), { code: 'api_key_not_found' })
})

test('the last use is written down, at most once a minute', async () => {
  const key = await create(sandbox)
  let now = noon
  const uses = new KeyUses(database.db, () => now)
  const useAt = async (time: string) => {
    now = Temporal.Instant.from(time)
    uses.notice(sandbox.id, key.id)
    uses.notice(sandbox.id, key.id)
    await uses.write()
    const keys = await listApiKeys(database.db, sandbox.id, 100, undefined)
    return keys.find(({ id }) => id === key.id)?.lastUsedAt?.toString()
  }
  assert.equal(await useAt('2026-06-16T12:00:00Z'), '2026-06-16T12:00:00Z')
  assert.equal(await useAt('2026-06-16T12:00:59Z'), '2026-06-16T12:00:00Z')
  assert.equal(await useAt('2026-06-16T12:01:01Z'), '2026-06-16T12:01:01Z')
})
