import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticator, Caller } from '#http/authentication.ts'
import { newId } from '#id.ts'
import type { Org } from '#organisations/org.ts'
import { invalidField } from '#problem.ts'

/** One event of a stream: the message as an endpoint would get it, signed for whoever listens. */
export type StreamedEvent = {
  readonly id: string
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type EventStreamParts = {
  readonly authenticator: Authenticator
  /** The names of all events. */
  readonly types: readonly string[]
  /** The secret that a side's streamed events are signed with. */
  readonly secretOf: (org: Org) => string
  /** What happened on a side after an event (or from now on), as it happens, until the signal. */
  readonly follow: (org: Org, after: string, signal: AbortSignal) => AsyncIterable<readonly StreamedEvent[]>
}

/** A deleted key ends its stream with the next sign of life. */
const aliveMs = 15_000

/**
 * `GET /api/v1/events/stream`: server-sent events, for `halley listen` and whoever else wants to follow a side without an
 * endpoint. The first message (`ready`) says the secret, and by its id where the stream begins; each following one is an event with headers and body as they are sent to
 * endpoints. `events` names the types, `after` (or Last-Event-ID) the event to go on behind.
 */
export function registerEventStream(server: FastifyInstance, parts: EventStreamParts): void {
  const open = new Set<AbortController>()
  server.addHook('preClose', async () => {
    for (const stream of open) stream.abort()
  })
  server.get('/api/v1/events/stream', async (request, reply) => {
    const caller = await authenticate(parts, request)
    const wanted = typesOf(request, parts.types)
    const stream = new AbortController()
    open.add(stream)
    request.raw.on('close', () => stream.abort())
    reply.raw.on('close', () => stream.abort())
    reply.hijack()
    try {
      await pour(parts, { caller, request, reply, stream, wanted })
    } finally {
      open.delete(stream)
      reply.raw.end()
    }
  })
}

function authenticate({ authenticator }: EventStreamParts, request: FastifyRequest): Promise<Caller> {
  const key = request.headers['x-api-key']
  return authenticator.authenticate(Array.isArray(key) ? key[0] : key, request.ip)
}

type Stream = {
  readonly caller: Caller
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly stream: AbortController
  readonly wanted: (type: string) => boolean
}

async function pour(parts: EventStreamParts, { caller, request, reply, stream, wanted }: Stream): Promise<void> {
  const { org } = caller
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': request.id,
  })
  const ready = { secret: parts.secretOf(org), organizationId: org.organisationId, mode: org.mode }
  // Its id is where the stream begins: who is cut off before anything happens goes on from there.
  const after = afterOf(request) ?? newId('whev')
  reply.raw.write(messageOf('ready', after, ready))
  const alive = setInterval(() => {
    reply.raw.write(': alive\n\n')
    authenticate(parts, request).catch(() => stream.abort())
  }, aliveMs)
  try {
    for await (const events of parts.follow(org, after, stream.signal)) {
      for (const { id, type, headers, body } of events) {
        if (wanted(type)) reply.raw.write(messageOf(type, id, { headers, body }))
      }
      // Who reads slowly is not read ahead for.
      if (reply.raw.writableNeedDrain) await drained(reply, stream.signal)
    }
  } finally {
    clearInterval(alive)
  }
}

function messageOf(type: string, id: string, data: object): string {
  return `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Which types are asked for; 422 for a name that no event has, which would wait for nothing. */
function typesOf(request: FastifyRequest, types: readonly string[]): (type: string) => boolean {
  const { events } = request.query as { events?: unknown }
  if (typeof events !== 'string' || events === '') return () => true
  const names = events.split(',').map((name) => name.trim())
  const unknown = names.find((name) => name !== '*' && !types.includes(name))
  if (unknown !== undefined) throw invalidField('events', `${unknown} is not the name of an event.`)
  return (type) => names.includes('*') || names.includes(type)
}

function afterOf(request: FastifyRequest): string | undefined {
  const { after } = request.query as { after?: unknown }
  const given = typeof after === 'string' ? after : request.headers['last-event-id']
  return typeof given === 'string' && /^whev_[0-9a-z]{26}$/.test(given) ? given : undefined
}

function drained(reply: FastifyReply, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    reply.raw.once('drain', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
