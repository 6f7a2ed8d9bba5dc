import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ask, dataDirectory, sandboxKeyIn, startHalley } from '../support/halley-process.ts'

test('the first start prints its block, the second keeps the data and shows no random key again', async (t) => {
  const HALLEY_DATA_DIR = dataDirectory(t)
  const first = await startHalley(t, { HALLEY_DATA_DIR })
  for (const line of [
    /^ {2}API +http:/m,
    /^ {2}Sandbox key +ck_test_/m,
    /^ {2}Live key +ck_live_/m,
    /^ {2}Claim link +http:/m,
    /^ {2}Test card +4242/m,
  ]) {
    assert.match(first.welcome, line)
  }
  const key = sandboxKeyIn(first.welcome)
  const created = await ask(first.url, key, '/api/v1/customers', { id: 'user_1', email: 'ada@example.com' })
  assert.equal(created.status, 201)
  const ended = await first.end('SIGTERM')
  assert.equal(ended.code, 0)

  const second = await startHalley(t, { HALLEY_DATA_DIR })
  assert.doesNotMatch(second.welcome, /ck_(test|live)_[0-9A-Za-z]{20,}/)
  assert.doesNotMatch(second.welcome, /Claim link/)
  const kept = await ask(second.url, key, '/api/v1/customers/user_1')
  assert.equal(kept.status, 200)
})

test('the line to try works as printed, at every start', async (t) => {
  const settings = { HALLEY_DATA_DIR: dataDirectory(t) }
  const run = async (welcome: string) => {
    const [, line] = /^ {2}Try +(curl .*)$/m.exec(welcome) ?? assert.fail('no line to try')
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `${line} --silent`])
    return JSON.parse(stdout)
  }
  const first = await startHalley(t, settings)
  assert.deepEqual(await run(first.welcome), { success: true, data: [], hasMore: false })
  await first.end('SIGTERM')
  assert.deepEqual(await run((await startHalley(t, settings)).welcome), { status: 'ready' })
})

test('configured keys work at once and are printed', async (t) => {
  const HALLEY_SANDBOX_KEY = `ck_test_${'a1'.repeat(16)}`
  const HALLEY_LIVE_KEY = `ck_live_${'b2'.repeat(16)}`
  const started = await startHalley(t, { HALLEY_DATA_DIR: dataDirectory(t), HALLEY_SANDBOX_KEY, HALLEY_LIVE_KEY })
  assert.equal(sandboxKeyIn(started.welcome), HALLEY_SANDBOX_KEY)
  assert.equal((await ask(started.url, HALLEY_SANDBOX_KEY, '/api/v1/plans')).status, 200)
  assert.equal((await ask(started.url, HALLEY_LIVE_KEY, '/api/v1/plans')).status, 200)
})

test('the printed claim link leads to a page', async (t) => {
  const { welcome } = await startHalley(t, { HALLEY_DATA_DIR: dataDirectory(t) })
  const [, link] = /Claim link +(\S+)/.exec(welcome) ?? assert.fail('no claim link')
  assert.ok(link)
  assert.equal((await fetch(link)).status, 200)
  assert.equal((await fetch(`${link}x`)).status, 404)
})
