import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { advanceTestClock } from '#organisations/actions/advance-test-clock.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { type ClonedDatabase, cloneDatabase } from '../../../test/support/database.ts'
import { newOrganisation, noon } from '../../../test/support/organisations.ts'

let database: ClonedDatabase
before(async () => {
  database = await cloneDatabase({ max: 16 })
})
after(() => database.drop())

const advance = (org: Org, advanceDays: number) =>
  inTransaction(database.db, (tx) => advanceTestClock(tx, org, { advanceDays, realNow: noon }))

test('the first step starts from real time, the next where the clock stands', async () => {
  const { sandbox } = await newOrganisation(database.db)
  assert.equal((await advance(sandbox, 1)).now.toString(), '2026-06-17T12:00:00Z')
  assert.equal((await advance(sandbox, 1)).now.toString(), '2026-06-18T12:00:00Z')
  assert.equal((await findOrg(database.db, sandbox.id))?.simulatedTime?.toString(), '2026-06-18T12:00:00Z')
})

test('steps taken at once all count', async () => {
  const { sandbox } = await newOrganisation(database.db)
  await Promise.all(Array.from({ length: 10 }, () => advance(sandbox, 3)))
  const { simulatedTime, version } = (await findOrg(database.db, sandbox.id)) ?? {}
  assert.equal(simulatedTime?.toString(), '2026-07-16T12:00:00Z')
  assert.equal(version, sandbox.version + 10n)
})

test('a refused step leaves the clock and the version alone', async () => {
  const { sandbox, live } = await newOrganisation(database.db)
  await assert.rejects(advance(sandbox, 1000), { code: 'validation_error' })
  await assert.rejects(advance(live, 1), { code: 'sandbox_only' })
  assert.deepEqual(await findOrg(database.db, sandbox.id), sandbox)
  assert.deepEqual(await findOrg(database.db, live.id), live)
})
