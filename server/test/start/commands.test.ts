import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloneDatabase } from '../support/database.ts'
import { ask, dataDirectory, halley, sandboxKeyIn, startHalley } from '../support/halley-process.ts'

test('keys and the clock can be changed beside a running Halley, and after it ended', async (t) => {
  const settings = { HALLEY_DATA_DIR: dataDirectory(t) }
  const server = await startHalley(t, settings)
  const made = await halley(settings, 'keys', 'create', 'Continuous integration', '--json')
  assert.equal(made.code, 0, made.err)
  const { id, apiKey } = JSON.parse(made.out)
  assert.equal((await ask(server.url, apiKey, '/api/v1/plans')).status, 200)
  assert.match(
    (await halley(settings, 'keys', 'list')).out,
    new RegExp(`^${id} +${apiKey.slice(0, 12)}… +\\d{4}-\\d\\d-\\d\\d +Continuous integration$`, 'm'),
  )
  assert.equal((await halley(settings, 'keys', 'revoke', id)).code, 0)
  assert.equal((await ask(server.url, apiKey, '/api/v1/plans')).status, 401)

  assert.equal((await halley(settings, 'clock', 'advance', '--days', '31')).code, 0)
  const clock = (await (await ask(server.url, sandboxKeyIn(server.welcome), '/api/v1/test-clock')).json()) as {
    data: { isActive: boolean; simulatedTime: string }
  }
  assert.equal(clock.data.isActive, true)

  await server.end('SIGTERM')
  const status = await halley(settings, 'clock', 'status', '--json')
  assert.equal(status.code, 0, status.err)
  assert.equal(JSON.parse(status.out).simulatedTime, clock.data.simulatedTime)
})

test('migrate brings an empty database to the newest version, and says so when it is there', async (t) => {
  const database = await cloneDatabase({ isMigrated: false })
  t.after(() => database.drop())
  const settings = { DATABASE_URL: database.url }
  assert.match((await halley(settings, 'migrate')).out, /^Applied: foundation.*\. The database is up to date\.$/m)
  assert.equal((await halley(settings, 'migrate')).out, 'The database is up to date.\n')
  const { rows } = await database.pool.query('select count(*) from plan')
  assert.equal(rows[0].count, 0n)
})

test('help is an answer, wrong words are a wrong use, and no data is said as such', async (t) => {
  const settings = { HALLEY_DATA_DIR: dataDirectory(t) }
  const help = await halley(settings, '--help')
  assert.equal(help.code, 0)
  assert.match(help.out, /^Usage: halley /)
  for (const words of [
    [],
    ['keys'],
    ['kys'],
    ['keys', 'create', '--expires-in-days', '0'],
    ['clock', 'advance', '--moon'],
    ['keys', 'revoke'],
  ]) {
    const ended = await halley(settings, ...words)
    assert.equal(ended.code, 2, words.join(' '))
    assert.equal(ended.out, '', words.join(' '))
  }
  const without = await halley(settings, 'keys', 'list')
  assert.equal(without.code, 4)
  assert.match(without.err, /^There is no Halley data in .*\nStart Halley first/)
})
