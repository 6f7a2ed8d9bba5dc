import type { FastifyReply, FastifyRequest } from 'fastify'
import { isId } from '#id.ts'
import type { Limit } from '#jobs/limit.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { followNotification } from '#payments/actions/follow-notification.ts'
import type { Credentials } from '#payments/credentials.ts'
import type { Notification } from '#payments/notification.ts'
import { keepNotification } from '#payments/provider-events.store.ts'
import { readDlocalNotification } from '#payments/providers/dlocal/dlocal-notification.ts'
import { isSignedByDlocal } from '#payments/providers/dlocal/signature.ts'
import { ForgedNotification, readStripeNotification } from '#payments/providers/stripe/notification.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'

export type ProviderPageServices = PaymentServices & {
  readonly readCredentials: (orgId: string, connectionId: string) => Promise<Credentials | undefined>
  readonly answerWithinMs?: number | undefined
}

export type ConnectionRequest = FastifyRequest<{
  Params: { orgId: string; connectionId: string }
  Querystring: { attempt?: string | readonly string[] }
}>

type Heard = Pick<Notification, 'id' | 'type' | 'told'>
type Reader = (request: ConnectionRequest, credentials: Credentials, org: Org) => Promise<Heard | undefined>
export type Hearing = {
  readonly provider: Credentials['provider']
  readonly read: Reader
  readonly underWay: Limit
}

/** How long a provider waits for its answer at most. What takes longer goes on by itself. */
const answerWithinMs = 5_000
/** What is followed at the same time in one process; each may hold a connection to the database while it waits for somebody. */
export const followedAtOnce = 8

/**
 * Takes a notification: signed, and not acted on before. It is kept first, so that the provider has its answer in time whatever else
 * goes on: while somebody holds what it is about, or the provider does not say how that stands, it waits here.
 */
export async function hear(
  services: ProviderPageServices,
  request: ConnectionRequest,
  reply: FastifyReply,
  { provider, read, underWay }: Hearing,
): Promise<FastifyReply> {
  const { orgId, connectionId } = request.params
  const isPlace = isId('org', orgId) && isId('con', connectionId)
  const org = isPlace ? await findOrg(services.db, orgId) : undefined
  const credentials = org && (await services.readCredentials(orgId, connectionId))
  if (!org || credentials?.provider !== provider) throw new Problem('not_found', 'There is no such connection.')
  const heard = await read(request, credentials, org)
  if (!heard) return reply.status(400).send({ received: false })
  const notification = { ...heard, orgId, connectionId, provider }
  const standing = await keepNotification(services.db, notification, services.machineNow())
  if (standing === 'waits') {
    await services.crashPoint?.('notification.kept')
    await within(services.answerWithinMs ?? answerWithinMs, underWay, () => follow(services, notification, request))
  }
  return reply.send({ received: true })
}

// What fails here is done by the sweeper.
async function follow(services: PaymentServices, notification: Notification, request: FastifyRequest): Promise<void> {
  try {
    await followNotification(services, notification)
  } catch (error) {
    const { orgId, id, type } = notification
    request.log.warn({ err: error, orgId, notification: id, type }, 'a notification could not be followed now')
  }
}

/** Waits for the work, but not too long. */
async function within(ms: number, underWay: Limit, work: () => Promise<void>): Promise<void> {
  const done = Promise.withResolvers<void>()
  const patience = setTimeout(done.resolve, ms)
  // Begins when there is a place, which may be after the answer.
  void underWay.start(async () => {
    await work()
    clearTimeout(patience)
    done.resolve()
  })
  await done.promise
}

export const readStripe: Reader = async (request, credentials, org) => {
  if (credentials.provider !== 'stripe' || credentials.webhookSecret === null) return undefined
  try {
    const signature = headerOf(request, 'stripe-signature')
    const { id, type, livemode, object } = await readStripeNotification(
      bodyText(request),
      signature,
      credentials.webhookSecret,
    )
    if (livemode !== org.livemode) return { id, type, told: {} }
    const told = {
      attemptId: object.metadata.transaction,
      disputeId: type.startsWith('charge.dispute.') ? object.id : undefined,
      payoutId: type.startsWith('payout.') ? object.metadata.payout : undefined,
      // Banks give cards another date, and Stripe learns of it.
      cardReference: type.startsWith('payment_method.') ? object.id : undefined,
      isOfBalance: type === 'balance.available',
    }
    return { id, type, told }
  } catch (error) {
    if (error instanceof ForgedNotification) return undefined
    throw error
  }
}

export const readDlocal =
  (isOfRefund: boolean): Reader =>
  async (request, credentials) => {
    const body = bodyText(request)
    const signed = { authorization: headerOf(request, 'authorization'), date: headerOf(request, 'x-date'), body }
    if (credentials.provider !== 'dlocal' || !isSignedByDlocal(credentials, signed)) return undefined
    return readDlocalNotification(body, isOfRefund)
  }

function headerOf(request: ConnectionRequest, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

function bodyText(request: ConnectionRequest): string {
  return typeof request.body === 'string' ? request.body : ''
}
