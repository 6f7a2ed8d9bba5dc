import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Commet } from '@commet/node'
import { type DestinationStream, pino } from 'pino'
import { type App, createApp } from '#app.ts'
import type { Db } from '#database/transaction.ts'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { machineNow } from '#time/clock.ts'
import type { Result } from '#verification/check.ts'
import { verify } from '#verification/verify.ts'
import type { EventType } from '#webhooks/event-types.ts'
import { readData } from '#webhooks/events.contract.ts'
import { type ClonedDatabase, cloneDatabase } from './database.ts'

/** One answer of the server; `body` is its JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
export type Answer = { status: number; body: any; headers: Headers }

export type RequestOptions = { key?: string | null; body?: unknown; headers?: Record<string, string>; text?: string }

/** A Halley of one's own: its server on a free port of the loopback, on a cloned database. */
export type World = {
  readonly url: string
  readonly orgId: string
  readonly liveOrgId: string
  readonly sandboxKey: string
  readonly liveKey: string
  /** The unmodified public client on the sandbox side, and on the live side. */
  readonly client: Commet
  readonly liveClient: Commet
  readonly app: App
  readonly db: Db
  readonly database: ClonedDatabase
  /** Any request; the sandbox key unless `key` says otherwise (null: none). */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>
  close(): Promise<void>
}

const publicAddress = 'https://commet.co'
const serverOfKey = new Map<string, string>()
const originalFetch = globalThis.fetch

// The public client has a fixed address: its requests go to the server that its key belongs to.
globalThis.fetch = (input, init) => {
  const address = String(input)
  const server = serverOfKey.get(new Headers(init?.headers).get('x-api-key') ?? '')
  return originalFetch(
    server && address.startsWith(publicAddress) ? server + address.slice(publicAddress.length) : input,
    init,
  )
}

export type WorldOptions = {
  readonly role?: 'all' | 'api'
  readonly requestsPerSecond?: number
  /** Where everything that is logged goes. */
  readonly log?: DestinationStream
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies?: string
  readonly mail?: { url: string; from: string }
  /** The server's public address is the one it listens at, so that a browser can follow every link. */
  readonly reachable?: boolean
  /** Where doubles of payment providers listen. */
  readonly providerAddresses?: { readonly stripe?: string; readonly dlocal?: string }
  /** How long a tax service that is out of reach is left alone. */
  readonly taxRestMs?: number
  /** How long payment providers wait for the answer to a notification. */
  readonly answerProvidersWithinMs?: number
  /** Rows were written past the product: its books need not add up afterwards. */
  readonly hasHandmadeRows?: boolean
}

/** What the servers of tests sign and seal with. */
export const testSecret = 'a secret of the tests, long enough for them'

/** Starts a Halley. Without workers unless asked for: stories run what is due by themselves. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const database = await cloneDatabase()
  const first = await inTransaction(database.db, (tx) =>
    createFirstOrganisation(tx, {
      name: 'Acme',
      fixedKeys: { live: undefined, sandbox: undefined },
      machineNow: machineNow(),
    }),
  )
  const { sandbox, live } = first.keys
  if (sandbox === null || live === null) throw new Error('a new organisation shows its keys')
  const port = options.reachable ? await freePort() : 0
  const app = await createApp({
    settings: {
      publicUrl: options.reachable ? `http://127.0.0.1:${port}` : 'http://halley.test',
      role: options.role ?? 'api',
      requestsPerSecond: options.requestsPerSecond ?? 10_000,
      trustedProxies: options.trustedProxies,
      secret: testSecret,
      simulatedInLiveMode: false,
      mail: options.mail,
      taxRestMs: options.taxRestMs,
      answerProvidersWithinMs: options.answerProvidersWithinMs,
      ...(options.providerAddresses ? { providerAddresses: options.providerAddresses } : {}),
      isStrict: true,
    },
    database,
    queueAddress: { connectionString: database.url },
    logger: options.log ? pino({ level: 'trace' }, options.log) : pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
  })
  await app.server.listen({ port, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.server.address() as AddressInfo).port}`
  serverOfKey.set(sandbox, url)
  serverOfKey.set(live, url)
  return {
    url,
    orgId: first.organisation.sandboxOrgId,
    liveOrgId: first.organisation.liveOrgId,
    sandboxKey: sandbox,
    liveKey: live,
    client: new Commet({ apiKey: sandbox }),
    liveClient: new Commet({ apiKey: live }),
    app,
    db: database.db,
    database,
    request: (method, path, given = {}) => request(url, sandbox, method, path, given),
    close: async () => {
      await app.close()
      const results = options.hasHandmadeRows ? [] : await verify(database.db)
      const payloads = options.hasHandmadeRows ? [] : await wrongPayloads(database)
      await database.drop()
      assertNothingFound(results)
      if (payloads.length > 0) throw new Error(`payloads that are not what is promised:\n${payloads.join('\n')}`)
    },
  }
}

/** Whatever a story did, the books add up afterwards. */
function assertNothingFound(results: readonly Result[]): void {
  const found = results.flatMap(({ name, findings }) =>
    findings.map(({ subject, found: what }) => `${name}: ${subject}: ${what}`),
  )
  if (found.length > 0) throw new Error(`halley verify found what must not be:\n${found.join('\n')}`)
}

/** Every event that a story has caused has exactly the fields that the reference promises. */
async function wrongPayloads({ pool }: ClonedDatabase): Promise<string[]> {
  const { rows } = await pool.query<{ type: EventType; data: unknown }>('select type, data from event')
  const wrong = rows.flatMap(({ type, data }) => {
    const read = readData(type, data)
    return 'wrong' in read ? [`${type}: ${read.wrong}`] : []
  })
  return [...new Set(wrong)]
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function request(
  url: string,
  sandbox: string,
  method: string,
  path: string,
  given: RequestOptions,
): Promise<Answer> {
  const key = given.key === undefined ? sandbox : given.key
  const text = given.text ?? (given.body === undefined ? undefined : JSON.stringify(given.body))
  const response = await originalFetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(key === null ? {} : { 'x-api-key': key }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...given.headers,
    },
    ...(text === undefined ? {} : { body: text }),
  })
  const answered = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  return { status: response.status, body: isJson ? JSON.parse(answered) : answered, headers: response.headers }
}
