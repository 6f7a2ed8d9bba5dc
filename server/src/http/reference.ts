import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import scalarReference from '@scalar/fastify-api-reference'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OpenApiDocument } from '#http/openapi.ts'

const compress = promisify(gzip)

/**
 * /openapi.json and the reference people browse, /reference: nothing in it is loaded from anywhere else. The document is written
 * when it is first asked for: no server waits for it to start.
 */
export function registerReference(server: FastifyInstance, describe: () => OpenApiDocument): void {
  let written: { readonly text: string; readonly etag: string } | undefined
  const write = () => {
    const text = JSON.stringify(describe())
    return { text, etag: tagOf(text) }
  }
  server.get('/openapi.json', (request, reply) => {
    written ??= write()
    const { text, etag } = written
    reply.headers({ etag, 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' })
    if (request.headers['if-none-match'] === etag) return reply.status(304).send()
    return reply.type('application/json; charset=utf-8').send(text)
  })
  server.register(async (scope) => {
    scope.addHook('onSend', sendStrictly(new Map()))
    scope.register(scalarReference, { routePrefix: '/reference', configuration })
  })
}

const configuration = {
  url: '/openapi.json',
  pageTitle: 'Halley API reference',
  telemetry: false,
  withDefaultFonts: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  externalUrls: { dashboardUrl: '', registryUrl: '', proxyUrl: '', apiBaseUrl: '' },
} as const

type Prepared = { readonly plain: string; readonly zipped: Buffer; readonly etag: string }

/** The page runs no script but its own and talks to nobody but this server; the script, large, is sent small and once. */
function sendStrictly(prepared: Map<string, Prepared>) {
  return async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    if (typeof payload !== 'string' || reply.statusCode !== 200) return payload
    reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    if (String(reply.getHeader('content-type')).startsWith('text/html')) {
      reply.headers({ 'content-security-policy': policyFor(payload), 'cache-control': 'no-cache' })
      return payload
    }
    const known = prepared.get(request.url)
    const file = known?.plain === payload ? known : await prepare(payload)
    if (file !== known) prepared.set(new URL(request.url, 'http://here').pathname, file)
    return sendPrepared(request, reply, file)
  }
}

function sendPrepared(request: FastifyRequest, reply: FastifyReply, file: Prepared): string | Buffer | null {
  reply.headers({ etag: file.etag, 'cache-control': 'public, no-cache', vary: 'accept-encoding' })
  if (request.headers['if-none-match'] === file.etag) {
    reply.status(304)
    return null
  }
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return file.plain
  reply.header('content-encoding', 'gzip')
  return file.zipped
}

async function prepare(plain: string): Promise<Prepared> {
  return { plain, zipped: await compress(plain), etag: tagOf(plain) }
}

// Styles are inserted while the page runs; its two inline scripts are known by their digests.
function policyFor(page: string): string {
  const scripts = [...page.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script ?? '')
  const digests = scripts
    .filter((script) => script.trim() !== '')
    .map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  return [
    "default-src 'none'",
    `script-src 'self' ${digests.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function tagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
}
