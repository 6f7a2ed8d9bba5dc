import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, request } from 'undici'
import { literalOf, mayDial, type Reach } from '#webhooks/addresses.ts'
import type { Reply } from '#webhooks/delivery.ts'

/** One message to one endpoint. */
export type Message = {
  readonly url: string
  readonly livemode: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came of it: the first 2 KB of what was answered, and how long it took in milliseconds. */
export type Sent = { readonly reply: Reply; readonly response: string | null; readonly durationMs: number }

export type Sender = {
  /** Sends and waits for the answer, ten seconds at most. Never throws. */
  send(message: Message): Promise<Sent>
  close(): Promise<void>
}

export type SenderOptions = {
  /** How names become addresses; the system's way unless said otherwise. */
  readonly lookup?: typeof systemLookup
  readonly deadlineMs?: number
}

const usualDeadlineMs = 10_000
const keptBytes = 2048
/** An answer that has begun counts; what it still has to say is not waited for any longer. */
const readingMs = 2_000
/** Names may have many addresses; trying them all would only help whoever wants to be slow. */
const connectMs = 5_000

/** The address may not be called, whatever it resolves from. */
class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress'
}

/**
 * Sends webhooks to addresses that strangers have chosen. The address is checked where it is dialled: a literal before the
 * connection, a name by each answer of the very lookup that the connection uses, so that no second answer can differ. Redirects
 * are not followed, proxies of the environment not used, and neither a slow nor an endless answer holds anything up.
 */
export function createSender(options: SenderOptions = {}): Sender {
  const agents = { public: agent('public', options), public_or_loopback: agent('public_or_loopback', options) }
  return {
    async send(message) {
      const startedAt = performance.now()
      const dispatcher = agents[message.livemode ? 'public' : 'public_or_loopback']
      const ended = await attempt(message, dispatcher, options.deadlineMs ?? usualDeadlineMs)
      return { ...ended, durationMs: Math.round(performance.now() - startedAt) }
    },
    close: async () => {
      await Promise.all(Object.values(agents).map((one) => one.destroy()))
    },
  }
}

function agent(reach: Reach, { lookup = systemLookup }: SenderOptions): Agent {
  const connect = buildConnector({ timeout: connectMs, lookup: checkedLookup(reach, lookup) as LookupFunction })
  return new Agent({
    connect: (target, callback) => {
      const host = literalOf(target.hostname)
      // A literal is dialled without any lookup.
      if (isIP(host) !== 0 && !mayDial(host, reach)) return callback(forbidden(host), null)
      return connect(target, callback)
    },
    keepAliveTimeout: 4_000,
    maxHeaderSize: 16_384,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

/** Looks a name up like the system does, and refuses when any of its addresses may not be called. */
function checkedLookup(reach: Reach, lookup: typeof systemLookup) {
  return (
    name: string,
    options: object,
    callback: (error: Error | null, addresses: readonly { address: string; family: number }[]) => void,
  ): void => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const wrong = addresses.find(({ address }) => !mayDial(address, reach))
      return wrong ? callback(forbidden(`${name} (${wrong.address})`), []) : callback(null, addresses)
    })
  }
}

function forbidden(address: string): ForbiddenAddress {
  return new ForbiddenAddress(`${address} is not a public address`)
}

async function attempt(
  { url, headers, body }: Message,
  dispatcher: Agent,
  deadlineMs: number,
): Promise<Omit<Sent, 'durationMs'>> {
  const deadline = AbortSignal.timeout(deadlineMs)
  try {
    const answer = await request(url, { method: 'POST', headers: { ...headers }, body, dispatcher, signal: deadline })
    return { reply: { status: answer.statusCode }, response: await beginningOf(answer.body) }
  } catch (error) {
    const isLate = deadline.aborted
    return {
      reply: { error: isLate ? `no answer within ${deadlineMs / 1000} seconds` : reasonOf(error) },
      response: null,
    }
  }
}

/** The first 2 KB, of however long and slow an answer. */
async function beginningOf(
  body: AsyncIterable<Buffer> & { destroy(): unknown; on(event: 'error', seen: () => void): unknown },
): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Cutting it off is our doing and nobody's failure.
  body.on('error', () => undefined)
  const timer = setTimeout(() => body.destroy(), readingMs)
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= keptBytes) break
    }
  } catch {
    // What has arrived is kept.
  } finally {
    clearTimeout(timer)
    body.destroy()
  }
  return textOf(Buffer.concat(chunks).subarray(0, keptBytes))
}

// PostgreSQL keeps no U+0000, and a cut may go through a character.
function textOf(bytes: Buffer): string {
  return new TextDecoder().decode(bytes).replaceAll('\u0000', '\ufffd')
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was closed without an answer',
  UND_ERR_SOCKET: 'the connection was closed without an answer',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within 5 seconds',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  HPE_HEADER_OVERFLOW: 'the headers of the answer are too large',
}

function reasonOf(error: unknown): string {
  const failure = error instanceof AggregateError ? error.errors[0] : error
  if (!(failure instanceof Error)) return 'unknown failure'
  const code = 'code' in failure ? String(failure.code) : ''
  return (reasons[code] ?? failure.message).slice(0, 300)
}
