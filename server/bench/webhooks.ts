import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startBundledPostgres } from '#database/bundled.ts'
import { apiKey, prepareDatabase } from './seed.ts'

/**
 * Events to ten endpoints, of which one hangs and one fails half the time, by two worker processes, one of which is killed half-way.
 * Every event has to reach every healthy endpoint, under one id, signed, and in order for each customer. Prints figures.
 * BENCH_EVENTS says how many (20,000).
 */
const events = Number(process.env.BENCH_EVENTS ?? 20_000)
const perCustomer = 10
const clients = 16
const healthyCount = 8

/** When a change was acknowledged and when each healthy endpoint first heard of it, by customer and number of the change. */
const acknowledged = new Map<string, number>()

class Endpoint {
  readonly arrived = new Map<string, number>()
  readonly #ids = new Map<string, string>()
  readonly #last = new Map<string, number>()
  messages = 0
  url = ''
  secret = ''

  async listen(answer: (heard: () => void) => number | undefined): Promise<void> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks)
      const signature = createHmac('sha256', this.secret).update(body).digest('hex')
      assert.equal(request.headers['x-commet-signature'], signature)
      const status = answer(() => this.#hear(JSON.parse(body.toString())))
      this.messages += 1
      if (status !== undefined) response.writeHead(status).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    server.unref()
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  #hear({ id, data }: { id: string; data: { externalId: string; fullName: string } }): void {
    const key = `${data.externalId} ${data.fullName}`
    assert.equal(this.#ids.get(key) ?? id, id, 'one event keeps its id')
    if (this.arrived.has(key)) return
    this.#ids.set(key, id)
    const number = Number(data.fullName)
    assert.equal(number, (this.#last.get(data.externalId) ?? -1) + 1, `${key} is next`)
    this.#last.set(data.externalId, number)
    this.arrived.set(key, performance.now())
  }
}

const directory = mkdtempSync(join(tmpdir(), 'halley-bench-'))
const postgres = await startBundledPostgres({ dataDirectory: directory })
const database = await prepareDatabase(postgres.url)
const processes: ChildProcess[] = []
try {
  const server = start('server.ts')
  const [{ port }] = (await once(server, 'message')) as [{ port: number }]
  const base = `http://127.0.0.1:${port}/api/v1`
  const call = async (method: string, path: string, body: object) => {
    const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' }
    const response = await fetch(base + path, { method, headers, body: JSON.stringify(body) })
    const answer = (await response.json()) as { data: { secretKey: string } }
    assert(response.ok, JSON.stringify(answer))
    return answer.data
  }
  const healthy = Array.from({ length: healthyCount }, () => new Endpoint())
  const [hanging, failing] = [new Endpoint(), new Endpoint()]
  for (const endpoint of healthy) {
    await endpoint.listen((heard) => {
      heard()
      return 200
    })
  }
  await hanging.listen(() => undefined)
  await failing.listen(() => (Math.random() < 0.5 ? 500 : 200))
  for (const endpoint of [...healthy, hanging, failing]) {
    endpoint.secret = (await call('POST', '/webhooks', { url: endpoint.url, events: ['*'] })).secretKey
  }
  const workers = [start('worker.ts'), start('worker.ts')]
  await Promise.all(workers.map((worker) => once(worker, 'message')))

  const startedAt = performance.now()
  await load(call, 'burst', events, () => workers[0]?.kill('SIGKILL'))
  const loadedAt = performance.now()
  await everybodyHas(healthy, events)
  const doneAt = performance.now()
  tell('burst', delays(healthy, 'burst'))
  const second = (from: number, to: number) => (to - from) / 1000
  process.stdout.write(
    `${events} events in ${second(startedAt, loadedAt).toFixed(1)} s (${Math.round(events / second(startedAt, loadedAt))}/s), told to ${healthyCount} healthy endpoints after ${second(startedAt, doneAt).toFixed(1)} s: ${Math.round(events / second(startedAt, doneAt))} events/s, ${Math.round((events * healthyCount) / second(startedAt, doneAt))} deliveries/s\n`,
  )
  await load(call, 'calm', 500, () => undefined, 20)
  await everybodyHas(healthy, events + 500)
  tell('calm, 50 events/s', delays(healthy, 'calm'))
  const repeats = healthy.reduce((sum, { messages }) => sum + messages, 0) - healthyCount * (events + 500)
  process.stdout.write(
    `told twice because a worker died: ${repeats}; the hanging endpoint was tried ${hanging.messages} times\n`,
  )
} finally {
  for (const child of processes) child.kill('SIGKILL')
  await database.close()
  await postgres.stop()
  rmSync(directory, { recursive: true, force: true })
}

function start(file: string): ChildProcess {
  const child = fork(join(import.meta.dirname, file), { env: { ...process.env, DATABASE_URL: postgres.url } })
  processes.push(child)
  return child
}

type Call = (method: string, path: string, body: object) => Promise<unknown>

/** Customers who are made and changed, each change after the one before. `half` is called when half of it is done. */
async function load(call: Call, name: string, count: number, half: () => void, pauseMs = 0): Promise<void> {
  let next = 0
  let done = 0
  const customers = count / perCustomer
  const client = async () => {
    for (let customer = next++; customer < customers; customer = next++) {
      const id = `${name}_${customer}`
      for (let change = 0; change < perCustomer; change++) {
        if (change === 0) await call('POST', '/customers', { id, email: `${id}@example.com`, fullName: '0' })
        else await call('PUT', `/customers/${id}`, { fullName: String(change) })
        acknowledged.set(`${id} ${change}`, performance.now())
        if (++done === Math.floor(count / 2)) half()
        if (pauseMs > 0) await wait(pauseMs)
      }
    }
  }
  await Promise.all(Array.from({ length: pauseMs > 0 ? 1 : clients }, client))
}

async function everybodyHas(endpoints: readonly Endpoint[], count: number): Promise<void> {
  for (const until = performance.now() + 300_000; endpoints.some(({ arrived }) => arrived.size < count); await wait(20))
    assert(performance.now() < until, `heard of ${endpoints.map(({ arrived }) => arrived.size).join(', ')}`)
}

/** How long after its acknowledgement each event arrived at each healthy endpoint, in milliseconds, sorted. */
function delays(endpoints: readonly Endpoint[], name: string): number[] {
  return endpoints
    .flatMap(({ arrived }) =>
      [...arrived].filter(([key]) => key.startsWith(name)).map(([key, at]) => at - (acknowledged.get(key) ?? at)),
    )
    .sort((a, b) => a - b)
}

function tell(name: string, sorted: readonly number[]): void {
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  process.stdout.write(
    `${name}: from acknowledged to told p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms\n`,
  )
}
