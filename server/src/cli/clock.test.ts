import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clockCommand } from '#cli/clock.ts'
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

const halley = (...words: string[]) => runCli(clockCommand, database.db, ['clock', ...words])

test('the clock follows real time, then stands where it was moved to', async () => {
  assert.equal(JSON.parse((await halley('status', '--json')).out).isActive, false)
  const tomorrow = Temporal.Now.instant().add({ hours: 24 }).round({ smallestUnit: 'second' }).toString()
  const moved = await halley('advance', '--to', tomorrow)
  assert.equal(moved.exitCode, 0)
  assert.equal(moved.out, `${tomorrow.replace('Z', '.000Z')}\n`)
  assert.match(moved.err, /process-billing/)
  const data = JSON.parse((await halley('advance', '--days', '1', '--json')).out)
  assert.equal(Date.parse(data.now) - Date.parse(tomorrow), 86_400_000)
  assert.deepEqual(JSON.parse((await halley('status', '--json')).out), {
    simulatedTime: data.now,
    isActive: true,
    now: data.now,
    object: 'test_clock',
    livemode: false,
  })
})

test('a step that makes no sense is a wrong use of the command', async () => {
  for (const words of [[], ['--days', '0'], ['--days', '9999'], ['--to', '2020-01-01T00:00:00Z']]) {
    const { out, exitCode } = await halley('advance', ...words)
    assert.equal(exitCode, 2, words.join(' '))
    assert.equal(out, '')
  }
})
