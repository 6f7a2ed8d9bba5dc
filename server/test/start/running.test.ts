import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { cloneDatabase } from '../support/database.ts'
import { ask, dataDirectory, sandboxKeyIn, startHalley } from '../support/halley-process.ts'

test('killed with SIGKILL it starts again and nothing acknowledged is lost', async (t) => {
  const settings = { HALLEY_DATA_DIR: dataDirectory(t) }
  const first = await startHalley(t, settings)
  const key = sandboxKeyIn(first.welcome)
  const acknowledged: string[] = []
  const writing = (async () => {
    for (let n = 0; ; n++) {
      const id = `user_${n}`
      const answer = await ask(first.url, key, '/api/v1/customers', { id, email: `${id}@example.com` })
      if (answer.status === 201) acknowledged.push(id)
      if (acknowledged.length === 40) first.child.kill('SIGKILL')
    }
  })()
  await assert.rejects(writing)
  await first.end('SIGKILL')

  const second = await startHalley(t, settings)
  assert.ok(acknowledged.length >= 40)
  for (const id of acknowledged) {
    assert.equal((await ask(second.url, key, `/api/v1/customers/${id}`)).status, 200, id)
  }
})

test('SIGTERM lets a request under way finish, takes no new one, and ends with 0', async (t) => {
  const started = await startHalley(t, { HALLEY_DATA_DIR: dataDirectory(t) })
  const key = sandboxKeyIn(started.welcome)
  const body = JSON.stringify({ id: 'user_1', email: 'ada@example.com' })
  const { hostname, port } = new URL(started.url)
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname).setEncoding('utf8')
  let answer = ''
  socket.on('data', (text) => {
    answer += text
  })
  const head = `POST /api/v1/customers HTTP/1.1\r\nhost: halley\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  // Half of the request is there when the signal comes.
  await new Promise<void>((resolve) => socket.write(head + body.slice(0, 10), () => resolve()))
  await ask(started.url, key, '/api/v1/plans')
  const ending = started.end('SIGTERM')
  await until(() =>
    ask(started.url, key, '/api/v1/plans').then(
      () => false,
      () => true,
    ),
  )
  socket.write(body.slice(10))
  assert.equal((await ending).code, 0)
  assert.match(answer, /^HTTP\/1\.1 201 /)
  assert.match(answer, /"externalId":"user_1"/)
})

test('healthz, readyz and metrics answer without a key', async (t) => {
  const { url } = await startHalley(t, { HALLEY_DATA_DIR: dataDirectory(t) })
  assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { status: 'ok' })
  assert.deepEqual(await (await fetch(`${url}/readyz`)).json(), { status: 'ready' })
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.match(metrics, /^# TYPE halley_http_request_duration_seconds histogram$/m)
  assert.match(metrics, /^process_resident_memory_bytes \d+$/m)
})

test('on one PostgreSQL an api process serves requests and a worker only its probes', async (t) => {
  const database = await cloneDatabase()
  t.after(() => database.drop())
  const DATABASE_URL = database.url
  const HALLEY_SECRET = 'the same for every process of this installation'
  const shared = { DATABASE_URL, HALLEY_SECRET, HALLEY_DATA_DIR: dataDirectory(t) }
  const api = await startHalley(t, { ...shared, HALLEY_ROLE: 'api' })
  const worker = await startHalley(t, { ...shared, HALLEY_ROLE: 'worker' })
  const key = sandboxKeyIn(api.welcome)
  assert.equal((await ask(api.url, key, '/api/v1/plans')).status, 200)
  assert.equal((await ask(worker.url, key, '/api/v1/plans')).status, 404)
  assert.equal((await fetch(`${worker.url}/readyz`)).status, 200)
  assert.doesNotMatch(worker.welcome, /key|Claim/i)
  assert.equal((await worker.end('SIGTERM')).code, 0)
  assert.equal((await api.end('SIGTERM')).code, 0)
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}
