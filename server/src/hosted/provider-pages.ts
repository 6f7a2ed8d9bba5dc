import type { FastifyInstance, FastifyReply } from 'fastify'
import {
  type ConnectionRequest,
  followedAtOnce,
  hear,
  type ProviderPageServices,
  readDlocal,
  readStripe,
} from '#hosted/provider-notifications.ts'
import { isId } from '#id.ts'
import { Limit } from '#jobs/limit.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { reviewAttempt } from '#payments/actions/review-attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { Problem } from '#problem.ts'

/** Where providers tell of changes, one address per connection, and where dLocal sends customers back to. */
export function registerProviderPages(server: FastifyInstance, services: ProviderPageServices): void {
  const path = ':orgId/:connectionId'
  const underWay = new Limit(followedAtOnce)
  server.addHook('onClose', () => underWay.drained())
  server.post(`/providers/stripe/${path}/webhook`, (request: ConnectionRequest, reply) =>
    hear(services, request, reply, { provider: 'stripe', read: readStripe, underWay }),
  )
  server.post(`/providers/dlocal/${path}/webhook`, (request: ConnectionRequest, reply) =>
    hear(services, request, reply, { provider: 'dlocal', read: readDlocal(false), underWay }),
  )
  server.post(`/providers/dlocal/${path}/webhook/refunds`, (request: ConnectionRequest, reply) =>
    hear(services, request, reply, { provider: 'dlocal', read: readDlocal(true), underWay }),
  )
  server.get(`/providers/dlocal/${path}/return`, (request: ConnectionRequest, reply) =>
    comeBack(services, request, reply),
  )
  server.post(`/providers/dlocal/${path}/return`, (request: ConnectionRequest, reply) =>
    comeBack(services, request, reply),
  )
}

// The customer comes from dLocal's page: what happened there is asked of dLocal, and the checkout shows it.
async function comeBack(
  services: ProviderPageServices,
  request: ConnectionRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { orgId, connectionId } = request.params
  const { attempt: id } = request.query
  const org = isId('org', orgId) ? await findOrg(services.db, orgId) : undefined
  const isAttempt = typeof id === 'string' && isId('txn', id)
  const attempt = org && isAttempt ? await settledOrNot(services, org, id) : undefined
  if (!org || attempt?.connectionId !== connectionId) throw new Problem('not_found', 'This link is not valid.')
  const context = services.contextFor(org, services.machineNow())
  const failed = attempt.state === 'failed' ? '?failed=1' : ''
  const { checkoutId, paymentId } = attempt
  const address = checkoutId
    ? context.links.checkout(org.id, checkoutId)
    : context.links.payment(org.id, paymentId ?? '')
  return reply.redirect(address + failed, 303)
}

async function settledOrNot(services: ProviderPageServices, org: Org, id: string) {
  try {
    return await reviewAttempt(services, org, id)
  } catch (error) {
    if (!(error instanceof ProviderUnreachable)) throw error
    return findAttempt(services.db, org.id, id)
  }
}
