import type { FastifyInstance, FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'
import type { HostedPages } from '#hosted/assets.ts'
import { type PageHandler, page } from '#hosted/page.ts'
import { RateLimited, RateLimiter } from '#http/rate-limit.ts'

/** Requests to hosted pages and their API from one address, and cards tried from it, whatever links they are made with. */
const requestsOfOne = { perSecond: 50, burst: 500 }
const cardsOfOne = { perSecond: 1 / 2, burst: 60 }

const hosted = /^\/(checkout|pay|recover|card|portal|invoices|claim|email|mails|withdraw|hosted\/v1)\//

/**
 * Limits what one address may ask of the hosted pages: somebody with many links is no better off than with one. Addresses of this
 * machine and of private networks are proxies as long as none is named (`HALLEY_TRUSTED_PROXIES`), so they are not counted.
 */
export function registerAddressLimit(server: FastifyInstance, services: { readonly pages: HostedPages }): void {
  const requests = new RateLimiter(requestsOfOne.perSecond, requestsOfOne.burst)
  const cards = new RateLimiter(cardsOfOne.perSecond, cardsOfOne.burst)
  server.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url ?? ''
    const key = hosted.test(route) ? countedAs(request.ip) : undefined
    if (key === undefined) return undefined
    try {
      requests.take(key, performance.now())
      if (triesCard(request, route)) cards.take(key, performance.now())
      return undefined
    } catch (error) {
      if (!(error instanceof RateLimited) || route.startsWith('/hosted/')) throw error
      return page(services, refusing(error))(request, reply)
    }
  })
}

const refusing =
  (error: RateLimited): PageHandler<{ readonly pages: HostedPages }> =>
  () => {
    throw error
  }

function triesCard({ method }: FastifyRequest, route: string): boolean {
  return method === 'POST' && /^\/(hosted\/v1\/)?(checkout|pay)\/:token(\/confirm)?$/.test(route)
}

/** What an address is counted as: itself, or the network that one household has of IPv6; undefined when it may be many people's. */
export function countedAs(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return undefined
  const parsed = ipaddr.process(address)
  if (['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat'].includes(parsed.range())) return undefined
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex')
}
