import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HostedPages } from '#hosted/assets.ts'
import { RateLimited } from '#http/rate-limit.ts'
import { closedTaxDesk, type TaxDesk } from '#payments/tax-desk.ts'
import { Problem } from '#problem.ts'

export type PageRequest = FastifyRequest<{
  Params: { token: string; attemptId: string }
  Querystring: Readonly<Record<string, string | readonly string[] | undefined>>
}>

export type PageHandler<Services extends { readonly pages: HostedPages }> = (
  services: Services,
  request: PageRequest,
  reply: FastifyReply,
) => Promise<FastifyReply>

// Nothing is loaded from anywhere else, nothing is cached, nobody frames it, and the link leaks to no other site.
const headers = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
  'cross-origin-opener-policy': 'same-origin',
}

const nonces = new WeakMap<FastifyRequest, string>()

/** What a script of this answer carries to be run; another one for each answer. */
function nonceOf(request: FastifyRequest): string {
  const known = nonces.get(request)
  if (known !== undefined) return known
  const nonce = randomBytes(16).toString('base64')
  nonces.set(request, nonce)
  return nonce
}

type Sources = {
  readonly scripts: readonly string[]
  readonly frames: readonly string[]
  readonly calls: readonly string[]
}

/** What a page may ask a payment provider for, as the provider documents it; nothing where it needs no script of its own. */
const nobody: Sources = { scripts: [], frames: [], calls: [] }
export const stripeSources: Sources = {
  scripts: ['https://js.stripe.com', 'https://*.js.stripe.com'],
  frames: ['https://js.stripe.com', 'https://*.js.stripe.com', 'https://hooks.stripe.com'],
  calls: ['https://api.stripe.com'],
}

/**
 * The content policy of a page whose form may lead on to these addresses; browsers hold redirects of a form to it too. `provider`:
 * whom the page takes the card with, beside this server.
 */
export function contentPolicy(
  request: FastifyRequest,
  formTargets: readonly (string | null)[],
  provider: Sources = nobody,
): string {
  const origins = formTargets.flatMap((address) => {
    const url = address === null ? null : URL.parse(address)
    return url?.protocol === 'http:' || url?.protocol === 'https:' ? [url.origin] : []
  })
  const formAction = [...new Set(["'self'", ...origins])].join(' ')
  const scripts = [`'nonce-${nonceOf(request)}'`, ...provider.scripts].join(' ')
  const calls = ["'self'", ...provider.calls].join(' ')
  const frames = provider.frames.length === 0 ? '' : ` frame-src ${provider.frames.join(' ')};`
  return `default-src 'none'; script-src ${scripts}; style-src 'self'; img-src 'self'; connect-src ${calls};${frames} form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`
}

/** A page's handler: its headers, and a page for whatever goes wrong. */
export function page<Services extends { readonly pages: HostedPages; readonly taxes?: TaxDesk }>(
  services: Services,
  handler: PageHandler<Services>,
) {
  return async (plain: FastifyRequest, reply: FastifyReply) => {
    const request = plain as PageRequest
    reply
      .headers({ ...headers, 'content-security-policy': contentPolicy(request, []) })
      .type('text/html; charset=utf-8')
    try {
      if (request.method === 'POST') refuseForeign(request)
      const { taxes = closedTaxDesk } = services
      return await taxes.knowing(() => handler(services, request, reply))
    } catch (error) {
      if (error instanceof Problem && (error.status < 500 || error.code === 'tax_unavailable'))
        return refuse(services, request, reply, error)
      request.log.error({ err: error, requestId: request.id, url: request.routeOptions.url }, 'unexpected failure')
      return reply.status(500).send(services.pages.renderMessage({ ...look(services.pages, request), kind: 'error' }))
    }
  }
}

function refuse(
  { pages }: { readonly pages: HostedPages },
  request: PageRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply {
  if (problem instanceof RateLimited) reply.header('retry-after', problem.retryAfterSeconds)
  const kind = kindOf(problem)
  const view = look(pages, request)
  // The server's own words are English, so only English readers are shown them.
  const own = kind === 'error' && view.locale === 'en' ? { message: problem.message } : {}
  return reply.status(problem.status).send(pages.renderMessage({ ...view, kind, ...own }))
}

function kindOf(problem: Problem) {
  if (problem instanceof RateLimited) return 'rate_limited'
  if (problem.status === 413) return 'too_large'
  return problem.status === 404 ? 'not_found' : 'error'
}

/** Language and colours of the page, and what it loads. */
export function look(pages: HostedPages, request: PageRequest) {
  return {
    locale: pages.chooseLocale([wish(request, 'locale')], request.headers['accept-language']),
    theme: pages.chooseTheme(wish(request, 'theme')),
    assets: { ...pages.assets, nonce: nonceOf(request) },
  }
}

/** An address of our own with the language and the colours that were asked for. */
export function withLook(request: PageRequest, address: string, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(more)
  for (const name of ['locale', 'theme']) {
    const value = wish(request, name)
    if (value !== undefined) query.set(name, value)
  }
  return query.size === 0 ? address : `${address}${address.includes('?') ? '&' : '?'}${query}`
}

/** What was posted by a form. Characters that no text has, and no database keeps, are left out. */
export function postedForm(request: PageRequest): URLSearchParams {
  const text = typeof request.body === 'string' ? request.body : ''
  return new URLSearchParams([...new URLSearchParams(text)].map(([name, value]) => [name, withoutControls(value)]))
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}

// An address that cannot be read as one has no query yet.
function wish({ query, raw }: PageRequest, name: string): string | undefined {
  const value = query ? query[name] : new URLSearchParams(raw.url?.split('?')[1]).get(name)
  return typeof value === 'string' && value.length <= 20 ? value : undefined
}

/**
 * The token in the address is the permission, no cookie is: a page elsewhere cannot know it. A browser that says all the same
 * that the form came from elsewhere is not believed.
 */
function refuseForeign({ headers }: PageRequest): void {
  const site = headers['sec-fetch-site']
  if (site === 'cross-site' || site === 'same-site') {
    throw new Problem('forbidden', 'This form was sent from another site. Open your link again.')
  }
}
