import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { inTransaction } from '#database/transaction.ts'
import { isId } from '#id.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { receiveProviderEvent } from '#payments/actions/receive-provider-event.ts'
import { reviewAttempt } from '#payments/actions/review-attempt.ts'
import { reviewPayout } from '#payments/actions/review-payout.ts'
import { tellAvailable } from '#payments/actions/tell-available.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { Credentials } from '#payments/credentials.ts'
import { noteEvent, wasHeard } from '#payments/disputes.store.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { isSignedByDlocal } from '#payments/providers/dlocal/signature.ts'
import { ForgedNotification, readStripeNotification } from '#payments/providers/stripe/notification.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'

export type ProviderPageServices = PaymentServices & {
  readonly readCredentials: (orgId: string, connectionId: string) => Promise<Credentials | undefined>
}

type ConnectionRequest = FastifyRequest<{
  Params: { orgId: string; connectionId: string }
  Querystring: { attempt?: string | readonly string[] }
}>

/** What a provider tells: its own id for it, its kind, and the attempt, the dispute, the payout or the balance it is about. */
type Told = {
  readonly id: string
  readonly type: string
  readonly attemptId: string | undefined
  readonly disputeId?: string | undefined
  readonly payoutId?: string | undefined
  readonly isOfBalance?: boolean
}

/** Where providers tell of changes, one address per connection, and where dLocal sends customers back to. */
export function registerProviderPages(server: FastifyInstance, services: ProviderPageServices): void {
  const path = ':orgId/:connectionId'
  server.post(`/providers/stripe/${path}/webhook`, (request: ConnectionRequest, reply) =>
    hear(services, request, reply, 'stripe', readStripe),
  )
  server.post(`/providers/dlocal/${path}/webhook`, (request: ConnectionRequest, reply) =>
    hear(services, request, reply, 'dlocal', readDlocal),
  )
  server.get(`/providers/dlocal/${path}/return`, (request: ConnectionRequest, reply) =>
    comeBack(services, request, reply),
  )
  server.post(`/providers/dlocal/${path}/return`, (request: ConnectionRequest, reply) =>
    comeBack(services, request, reply),
  )
}

type Reader = (request: ConnectionRequest, credentials: Credentials, org: Org) => Promise<Told | undefined>

/**
 * Takes a notification: signed, not heard before, and then only as a hint to ask the provider. It is noted after it was acted
 * on, so that one which was interrupted is acted on when it comes again; until then the provider is told to repeat it.
 */
async function hear(
  services: ProviderPageServices,
  request: ConnectionRequest,
  reply: FastifyReply,
  provider: Credentials['provider'],
  read: Reader,
): Promise<FastifyReply> {
  const { orgId, connectionId } = request.params
  const isPlace = isId('org', orgId) && isId('con', connectionId)
  const org = isPlace ? await findOrg(services.db, orgId) : undefined
  const credentials = org && (await services.readCredentials(orgId, connectionId))
  if (!org || credentials?.provider !== provider) throw new Problem('not_found', 'There is no such connection.')
  const told = await read(request, credentials, org)
  if (!told) return reply.status(400).send({ received: false })
  const event = { provider, id: told.id, type: told.type }
  if (await wasHeard(services.db, org.id, event)) return reply.send({ received: true })
  try {
    if (!(await actOn(services, org, connectionId, provider, told))) return reply.status(503).send({ received: false })
  } catch (error) {
    if (!(error instanceof ProviderUnreachable)) throw error
    return reply.status(503).send({ received: false })
  }
  await services.crashPoint?.('notification.followed')
  await inTransaction(services.db, (tx) => noteEvent(tx, org.id, event, services.machineNow()))
  return reply.send({ received: true })
}

// False: too early, it has to be told again.
async function actOn(
  services: ProviderPageServices,
  org: Org,
  connectionId: string,
  provider: Credentials['provider'],
  { id, type: told, attemptId, disputeId, payoutId, isOfBalance }: Told,
): Promise<boolean> {
  if (payoutId !== undefined && isId('po', payoutId)) return reviewPayout(services, org, payoutId)
  if (isOfBalance) return tellAvailable(services, org, { provider, id, type: told })
  if (attemptId !== undefined && isId('txn', attemptId)) await reviewAttempt(services, org, attemptId)
  if (disputeId === undefined) return true
  const about = await (await services.connections.open(org.id, connectionId))?.findDispute?.(disputeId)
  // A provider's account says itself whose charge it was: of no other side than the one that the account is connected to.
  const isTheirs = about?.charge.organisationId === org.organisationId && about.charge.mode === org.mode
  const disputed = about && isTheirs ? await findAttempt(services.db, org.id, about.charge.transactionId) : undefined
  if (!about || disputed?.connectionId !== connectionId) return true
  const type = about.dispute.outcome === null ? 'dispute.opened' : 'dispute.closed'
  return (await receiveProviderEvent(services, { provider, id, type, ...about })) !== 'too_early'
}

const readStripe: Reader = async (request, credentials, org) => {
  if (credentials.provider !== 'stripe' || credentials.webhookSecret === null) return undefined
  try {
    const signature = headerOf(request, 'stripe-signature')
    const { id, type, livemode, object } = await readStripeNotification(
      bodyText(request),
      signature,
      credentials.webhookSecret,
    )
    if (livemode !== org.livemode) return { id, type, attemptId: undefined }
    return {
      id,
      type,
      attemptId: object.metadata.transaction,
      disputeId: type.startsWith('charge.dispute.') ? object.id : undefined,
      payoutId: type.startsWith('payout.') ? object.metadata.payout : undefined,
      isOfBalance: type === 'balance.available',
    }
  } catch (error) {
    if (error instanceof ForgedNotification) return undefined
    throw error
  }
}

const readDlocal: Reader = async (request, credentials) => {
  const body = bodyText(request)
  const signed = { authorization: headerOf(request, 'authorization'), date: headerOf(request, 'x-date'), body }
  if (credentials.provider !== 'dlocal' || !isSignedByDlocal(credentials, signed)) return undefined
  const payment = JSON.parse(body) as { id?: unknown; order_id?: unknown; status?: unknown }
  const [id, orderId, status] = [payment.id, payment.order_id, payment.status].map(String)
  return { id: `${id}:${status}`, type: `payment.${status}`, attemptId: orderId }
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

function headerOf(request: ConnectionRequest, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

function bodyText(request: ConnectionRequest): string {
  return typeof request.body === 'string' ? request.body : ''
}
