import type { Socket } from 'node:net'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import { isOverloaded } from '#database/overload.ts'
import { Authenticator, type FindCaller } from '#http/authentication.ts'
import { bodyLimitBytes } from '#http/body.ts'
import { failureBody } from '#http/envelope.ts'
import { handleOperation } from '#http/handle-operation.ts'
import type { RequestTimer } from '#http/metrics.ts'
import type { Route } from '#http/operation.ts'
import { RateLimited, RateLimiter } from '#http/rate-limit.ts'
import { requestId } from '#http/request-id.ts'
import type { Runner } from '#http/run-operation.ts'
import type { Links } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

/** Everything the HTTP side needs from the composition root. */
export type ServerParts = Runner & {
  readonly routes: readonly Route[]
  readonly findCaller: FindCaller
  /** Told once per authenticated request; must not wait for the database. */
  readonly noticeUse: (orgId: string, keyId: string) => void
  readonly links: Links
  /** Shows a refusal to people in place of the envelope; undefined where a program asks. */
  readonly showRefusal?:
    | ((request: FastifyRequest, reply: FastifyReply, problem: Problem) => Promise<FastifyReply> | undefined)
    | undefined
  readonly requestsPerSecond: number
  /** Proxies, with commas, whose X-Forwarded-For is believed; without them the address is that of the connection. */
  readonly trustedProxies?: string | undefined
  readonly logger: Logger
  readonly timer: RequestTimer
  /** Runs the work of a request, again where it first lacked what only somebody outside can tell. */
  readonly knowing: <T>(work: () => Promise<T>) => Promise<T>
}

/** The server with the API's operations on it; pages and probes are registered by the composition root. */
export function buildServer(parts: ServerParts): FastifyInstance {
  const server = Fastify({
    loggerInstance: warningsOnly(parts.logger) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    trustProxy: parts.trustedProxies ?? false,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    // While leaving, what still arrives on an open connection is answered, and told to close it.
    return503OnClosing: false,
    clientErrorHandler: (_error, socket) => refuseConnection(parts, socket),
    genReqId: (request) => requestId(request.headers['x-request-id']),
    routerOptions: { maxParamLength: 500, caseSensitive: true },
    frameworkErrors: (_error, request, reply) => refuse(parts, request, reply, unknownAddress()),
  })
  server.server.headersTimeout = 10_000
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  server.setNotFoundHandler((request, reply) => refuse(parts, request, reply, unknownAddress()))
  server.setErrorHandler((error, request, reply) => refuse(parts, request, reply, asProblem(error, request, parts)))
  registerOperations(server, parts)
  return server
}

// The framework's own notices (where it listens) are the start's to tell; its warnings and errors stay.
function warningsOnly(logger: Logger): Logger {
  const warn = logger.levels.values.warn ?? 0
  return logger.levelVal >= warn ? logger : logger.child({}, { level: 'warn' })
}

function registerOperations(server: FastifyInstance, parts: ServerParts): void {
  const failures = new RateLimiter(10, 200)
  const guard = {
    authenticator: new Authenticator(parts.findCaller, failures, parts.machineNow),
    requests: new RateLimiter(parts.requestsPerSecond, parts.requestsPerSecond * 2),
  }
  for (const route of parts.routes) {
    server.route({
      method: route.operation.method,
      url: `/api/v1${route.operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      exposeHeadRoute: false,
      bodyLimit: route.operation.bodyLimitBytes ?? bodyLimitBytes,
      handler: (request, reply) => handleOperation(parts, guard, route, request, reply),
    })
  }
}

function unknownAddress(): Problem {
  return new Problem('not_found', 'There is nothing at this address. See /reference for all operations.')
}

const tooMuch =
  'There is too much to do at this moment. Repeat the request with the same Idempotency-Key in a few seconds.'
const restSeconds = 2

function asProblem(error: unknown, request: FastifyRequest, parts: ServerParts): Problem {
  if (error instanceof Problem) return error
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const limit = request.routeOptions.bodyLimit ?? bodyLimitBytes
    return new Problem('validation_error', `The body is larger than ${limit / 2 ** 20} MiB.`, { status: 413 })
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem('validation_error', (error as Error).message)
  }
  if (isOverloaded(error)) {
    parts.logger.warn({ err: error, requestId: request.id, url: request.routeOptions.url }, 'too much to do')
    return new Problem('overloaded', tooMuch)
  }
  parts.logger.error(
    { err: error, requestId: request.id, method: request.method, url: request.routeOptions.url },
    'unexpected failure',
  )
  return new Problem(
    'internal_error',
    `Something went wrong on our side. If it goes on, report the request id ${request.id}.`,
  )
}

function refuse(
  parts: ServerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply | Promise<FastifyReply> {
  return parts.showRefusal?.(request, reply, problem) ?? sendFailure(parts, request, reply, problem)
}

/** Sends a refusal in the documented envelope. */
export function sendFailure(
  parts: Pick<ServerParts, 'links'>,
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply {
  if (problem instanceof RateLimited) {
    reply.header('retry-after', problem.retryAfterSeconds)
    reply.header('ratelimit-limit', problem.allowance.limit)
    reply.header('ratelimit-remaining', problem.allowance.remaining)
    reply.header('ratelimit-reset', problem.allowance.resetSeconds)
  }
  if (problem.code === 'overloaded') reply.header('retry-after', restSeconds)
  reply.header('x-request-id', request.id)
  return reply
    .status(problem.status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(failureBody(problem, parts.links.errorPage(problem.code))))
}

// What is not HTTP, or has headers without end, never becomes a request: it gets the envelope by hand.
function refuseConnection({ links }: Pick<ServerParts, 'links'>, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const problem = new Problem('validation_error', 'This is not a request that HTTP allows.')
  const body = JSON.stringify(failureBody(problem, links.errorPage(problem.code)))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nx-request-id: ${requestId(undefined)}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
