import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { createClaimLink } from '#organisations/actions/create-claim-link.ts'
import { findOpenClaimLink, revokeClaimLinks } from '#organisations/claim-links.store.ts'
import { lockOrganisation, saveClaimed } from '#organisations/organisations.store.ts'
import { digestOf } from '#organisations/secret.ts'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { newOrganisation, noon } from '../../test/support/organisations.ts'

let database: ClonedDatabase
before(async () => {
  database = await cloneDatabase()
})
after(() => database.drop())

const create = (organisationId: string) => inTransaction(database.db, (tx) => createClaimLink(tx, organisationId, noon))

const open = (token: string, now: Temporal.Instant = noon) => findOpenClaimLink(database.db, digestOf(token), now)

test('a link opens its organisation for seven days', async () => {
  const { id } = await newOrganisation(database.db)
  const { token, expiresAt } = await create(id)
  assert.equal(expiresAt.toString(), '2026-06-23T12:00:00Z')
  assert.equal((await open(token))?.organisationId, id)
  assert.equal((await open(token, Temporal.Instant.from('2026-06-23T11:59:59Z')))?.organisationId, id)
  assert.equal(await open(token, expiresAt), undefined)
  assert.equal(await open('made-up'), undefined)
})

test('only the digest of a link is stored', async () => {
  const { id } = await newOrganisation(database.db)
  const { token } = await create(id)
  const { rows } = await database.pool.query('select claim_link::text from claim_link')
  assert(rows.every((row) => !JSON.stringify(row).includes(token)))
})

test('a new link kills the old one, also when several are made at once', async () => {
  const { id } = await newOrganisation(database.db)
  const links = await Promise.all(Array.from({ length: 8 }, () => create(id)))
  const opened = await Promise.all(links.map(({ token }) => open(token)))
  assert.equal(opened.filter((link) => link !== undefined).length, 1)
})

test('a claimed organisation gets no link, and its old one is dead', async () => {
  const { id } = await newOrganisation(database.db)
  const { token } = await create(id)
  await inTransaction(database.db, async (tx) => {
    assert.equal((await lockOrganisation(tx, id))?.claimedAt, null)
    await saveClaimed(tx, id, noon)
    await revokeClaimLinks(tx, id, noon)
  })
  assert.equal(await open(token), undefined)
  await assert.rejects(create(id), { code: 'organization_already_claimed' })
})
