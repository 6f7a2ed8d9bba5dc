import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticator, Caller } from '#http/authentication.ts'
import { inspectText, parseBody } from '#http/body.ts'
import { readCursor } from '#http/cursor.ts'
import { type RequestKey, requestKey } from '#http/idempotency.ts'
import { type Operation, type Route, StaleOrganisation } from '#http/operation.ts'
import type { RateLimiter } from '#http/rate-limit.ts'
import { checkDeclared, cursorScope, type Outcome, runOperation } from '#http/run-operation.ts'
import type { ServerParts } from '#http/server.ts'
import { parse } from '#http/validation.ts'
import { type ApiVersion, resolveVersion } from '#http/versions/registry.ts'
import { translationFor } from '#http/versions/translate.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { organisationNow } from '#time/clock.ts'
import { utcDay } from '#time/period.ts'

export type Guard = { readonly authenticator: Authenticator; readonly requests: RateLimiter }

/** How long a request follows an organisation that keeps changing, and how long it pauses at most between two looks. */
const longestChaseMs = 5_000
const longestPauseMs = 5

/** One API request: authenticate, limit, resolve the version, parse, run, answer. */
export async function handleOperation(
  parts: ServerParts,
  guard: Guard,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const startedAt = performance.now()
  const stop = parts.timer(route.operation.id)
  try {
    const outcome = await serve(parts, guard, route, request, reply)
    if (outcome.replayed) reply.header('idempotent-replayed', 'true')
    stop(outcome.status, startedAt)
    return reply.status(outcome.status).type('application/json; charset=utf-8').send(outcome.body)
  } catch (error) {
    stop(error instanceof Problem ? error.status : 500, startedAt)
    if (error instanceof Problem && error.status < 500) checkDeclared(parts, { route }, error)
    throw error
  }
}

async function serve(
  parts: ServerParts,
  guard: Guard,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Outcome> {
  let caller = await identify(guard, route, request)
  const allowance = guard.requests.take(caller.digest, performance.now())
  reply.header('ratelimit-limit', allowance.limit)
  reply.header('ratelimit-remaining', allowance.remaining)
  reply.header('ratelimit-reset', allowance.resetSeconds)
  parts.noticeUse(caller.org.id, caller.keyId)
  const version = resolveVersion(header(request, 'commet-version'), null)
  reply.header('commet-version', version)
  const text = typeof request.body === 'string' ? request.body : ''
  const key = requestKey(header(request, 'idempotency-key'), request.method, request.url, text)
  const given = readInput(route, request, text, version)
  const giveUpAt = performance.now() + longestChaseMs
  for (;;) {
    const context = contextOf(parts, caller, request, { key, version })
    const input = continueAfterCursor(parts, route, context, given)
    try {
      const call = { route, context, input, version, key: keepsKey(route) ? key : null }
      return await parts.knowing(() => runOperation(parts, call))
    } catch (error) {
      if (!(error instanceof StaleOrganisation) || performance.now() > giveUpAt) throw error
      await wait(Math.random() * longestPauseMs)
      caller = await guard.authenticator.authenticate(header(request, 'x-api-key'), request.ip)
    }
  }
}

function identify(guard: Guard, route: Route, request: FastifyRequest): Promise<Caller> {
  const key = header(request, 'x-api-key')
  return route.operation.kind === 'metering'
    ? guard.authenticator.recall(key, request.ip)
    : guard.authenticator.authenticate(key, request.ip)
}

function keepsKey({ operation }: Route): boolean {
  return operation.kind === 'write' || operation.kind === 'staged'
}

type Spoken = { readonly key: RequestKey | null; readonly version: ApiVersion }

function contextOf(parts: ServerParts, caller: Caller, request: FastifyRequest, { key, version }: Spoken): Context {
  const now = organisationNow(caller.org.simulatedTime, parts.machineNow())
  const { org } = caller
  const { id: requestId } = request
  return { org, now, today: utcDay(now), requestId, apiVersion: version, links: parts.links, idempotency: key }
}

type Given = { params: unknown; query: unknown; body: unknown }

function readInput({ operation }: Route, request: FastifyRequest, text: string, version: ApiVersion): Given {
  const params = request.params as Record<string, string>
  const query = request.query as Record<string, unknown>
  for (const [name, value] of [...Object.entries(params), ...Object.entries(query)]) {
    if (typeof value === 'string') inspectText(value, name)
  }
  return {
    params: operation.params ? parse(operation.params, params, 'params') : undefined,
    query: operation.query ? parse(operation.query, query, 'query') : undefined,
    body: operation.body ? parse(operation.body, readBody(operation, text, version), 'body') : undefined,
  }
}

function readBody({ id, readsEntries }: Operation, text: string, version: ApiVersion): unknown {
  const body = parseBody(text, readsEntries)
  return translationFor(version, id)?.request?.(body) ?? body
}

// A signed cursor becomes the position it stands for before a handler sees it.
function continueAfterCursor(parts: ServerParts, route: Route, context: Context, given: Given): Given {
  const query = given.query as { cursor?: string } | undefined
  if (query?.cursor === undefined) return given
  const scope = cursorScope({ route, context, input: given })
  return { ...given, query: { ...query, cursor: readCursor(parts.secret, scope, query.cursor) } }
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}
