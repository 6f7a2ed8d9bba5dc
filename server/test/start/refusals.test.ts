import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { cloneDatabase } from '../support/database.ts'
import { ask, dataDirectory, type Ended, sandboxKeyIn, startHalley, startInVain } from '../support/halley-process.ts'

function assertRefused(ended: Ended, reason: RegExp): void {
  assert.equal(ended.code, 1)
  assert.equal(ended.out, '')
  assert.match(ended.err, reason)
  assert.doesNotMatch(ended.err, /^ +at /m, 'no stack')
}

test('a second Halley on one data directory is refused and disturbs nobody', async (t) => {
  const settings = { HALLEY_DATA_DIR: dataDirectory(t) }
  const first = await startHalley(t, settings)
  assertRefused(
    await startInVain(settings),
    /^Another Halley \(pid \d+\) is using .*Stop it first, or set HALLEY_DATA_DIR to another directory\.$/m,
  )
  assert.equal((await ask(first.url, sandboxKeyIn(first.welcome), '/api/v1/plans')).status, 200)
})

test('a port that is taken is refused before anything is made', async (t) => {
  const other = createServer().listen({ host: '127.0.0.1', port: 0 })
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const directory = join(dataDirectory(t), 'data')
  const ended = await startInVain({ HALLEY_DATA_DIR: directory, PORT: String(port) })
  assertRefused(ended, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken .* PORT=${port + 1} npm start\\.$`, 'm'))
  assert.equal(existsSync(directory), false, 'a first key that nobody saw would be lost')
})

test('a database that cannot be reached is named without its password', async (t) => {
  const ended = await startInVain({
    HALLEY_DATA_DIR: dataDirectory(t),
    DATABASE_URL: 'postgresql://halley:hunter2@127.0.0.1:1/billing',
  })
  assertRefused(ended, /^The database at postgresql:\/\/127\.0\.0\.1:1\/billing cannot be reached: .*ECONNREFUSED/m)
  assert.doesNotMatch(ended.err, /hunter2/)
})

test('a database newer than the code is refused', async (t) => {
  const database = await cloneDatabase()
  t.after(() => database.drop())
  await database.pool.query(
    "insert into schema_migration (version, name, checksum) values (9000, 'from-the-future', '-')",
  )
  const ended = await startInVain({ HALLEY_DATA_DIR: dataDirectory(t), DATABASE_URL: database.url })
  assertRefused(ended, /^The database has schema version 9000, this Halley knows \d+\. Start the newer Halley\.$/m)
})

test('settings that make no sense are all named at once', async () => {
  const ended = await startInVain({ PORT: 'http', HALLEY_ROLE: 'boss' })
  assertRefused(ended, /PORT is "http".*\n.*HALLEY_ROLE is "boss"/)
})
