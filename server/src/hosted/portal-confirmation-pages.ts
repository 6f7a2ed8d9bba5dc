import type { FastifyInstance, FastifyReply } from 'fastify'
import { describeOrganisation } from '#hosted/actions/describe-portal.ts'
import { readAnswer, tellBank } from '#hosted/bank-answer.ts'
import {
  contentPolicy,
  look,
  type PageHandler,
  type PageRequest,
  page,
  postedForm,
  stripeSources,
  withLook,
} from '#hosted/page.ts'
import type { OpenedPortal } from '#hosted/portal-access.ts'
import { actionOfPurpose, confirmationUrl, isOutdated } from '#hosted/portal-confirmations.ts'
import { type PortalPageServices, portalPath, refusalOf, show, withSession } from '#hosted/portal-pages.ts'
import { PriceRisen } from '#hosted/portal-prices.ts'
import { isId } from '#id.ts'
import { finishAction } from '#payments/actions/finish-action.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import { findPublicSettings } from '#payments/connections.store.ts'
import { intakeOf } from '#payments/provider.ts'
import type { SimulatedProcessor } from '#payments/providers/simulated/processor.ts'
import { Problem } from '#problem.ts'

type Services = PortalPageServices & { readonly processor: SimulatedProcessor }
type Handler = PageHandler<Services>

/**
 * Where a customer answers their bank about something they asked for in their portal: the page of the simulated bank, or a page of
 * ours where the provider's script shows the bank's.
 */
export function registerPortalConfirmationPages(server: FastifyInstance, services: Services): void {
  server.get('/portal/:token/authenticate/:attemptId', page(services, showConfirmation))
  server.post('/portal/:token/authenticate/:attemptId', page(services, answerConfirmation))
}

const showConfirmation: Handler = (services, request, reply) =>
  withSession(services, request, reply, async (portal) => {
    const attempt = await attemptOf(services, request, portal)
    if (isOutdated(attempt, portal.context)) return giveUp(services, request, reply, portal, attempt)
    if (attempt.state !== 'requires_action') return reply.redirect(portalPath(request, portal, {}), 303)
    const isHere = intakeOf[attempt.provider] === 'element'
    const sources = isHere ? stripeSources : undefined
    reply.header('content-security-policy', contentPolicy(request, [portal.context.links.publicUrl], sources))
    return reply.send(await (isHere ? stepPage : bankPage)(services, request, portal, attempt))
  })

async function bankPage(services: Services, request: PageRequest, { context }: OpenedPortal, attempt: Attempt) {
  const organisation = await describeOrganisation(services.db, context)
  const { amount, currency, card } = attempt
  const props = { ...look(services.pages, request), organisation, total: Number(amount), currency, card }
  return services.pages.renderAuthentication(props)
}

async function stepPage(services: Services, request: PageRequest, { context, token }: OpenedPortal, attempt: Attempt) {
  const { amount, currency, connectionId, actionReference } = attempt
  const settings = connectionId === null ? {} : await findPublicSettings(services.db, context.org.id, connectionId)
  return services.pages.renderConfirmation({
    ...look(services.pages, request),
    token,
    livemode: context.org.livemode,
    organisation: await describeOrganisation(services.db, context),
    total: Number(amount),
    currency,
    publishableKey: settings.publishableKey ?? '',
    clientSecret: actionReference ?? '',
    isUnfinished: request.query.unfinished !== undefined,
  })
}

const answerConfirmation: Handler = (services, request, reply) =>
  withSession(services, request, reply, async (portal) => {
    const attempt = await attemptOf(services, request, portal)
    const isOurs = intakeOf[attempt.provider] === 'card'
    if (isOurs && isOutdated(attempt, portal.context)) return giveUp(services, request, reply, portal, attempt)
    const answer = readAnswer(postedForm(request).get('outcome'))
    if (attempt.state === 'requires_action' && answer && isOurs) await tellBank(services.processor, attempt, answer)
    return leave(services, request, reply, portal, await finishAction(services, portal.context, attempt.id))
  })

// The days that are left have become fewer since its price was shown: it is ended at the provider, and shown with today's.
async function giveUp(
  services: Services,
  request: PageRequest,
  reply: FastifyReply,
  portal: OpenedPortal,
  attempt: Attempt,
): Promise<FastifyReply> {
  const ended = await supersedeAction(services, portal.context, attempt)
  if (ended.state !== 'failed') return leave(services, request, reply, portal, ended)
  const refusal = refusalOf('change-plan', new PriceRisen(), new URLSearchParams())
  return show(services, request, reply, portal, { part: 'plans', refusal })
}

function leave(
  services: Services,
  request: PageRequest,
  reply: FastifyReply,
  portal: OpenedPortal,
  ended: Attempt,
): Promise<FastifyReply> | FastifyReply {
  const name = actionOfPurpose[ended.purpose]
  if (ended.state === 'failed') {
    const details = { declineCode: ended.failureCode }
    const refused = new Problem('charge_failed', ended.failureMessage ?? 'The charge was declined.', { details })
    const refusal = refusalOf(name ?? 'retry', refused, new URLSearchParams())
    return show(services, request, reply, portal, { refusal })
  }
  if (ended.state === 'requires_action' && intakeOf[ended.provider] === 'element') {
    const { pathname } = new URL(confirmationUrl(portal, ended.id))
    return reply.redirect(withLook(request, pathname, { unfinished: '1' }), 303)
  }
  return reply.redirect(portalPath(request, portal, ended.state === 'succeeded' && name ? { done: name } : {}), 303)
}

async function attemptOf(
  { db }: Services,
  { params: { attemptId } }: PageRequest,
  { context: { org }, session }: OpenedPortal,
): Promise<Attempt> {
  const attempt = isId('txn', attemptId) ? await findAttempt(db, org.id, attemptId) : undefined
  const isTheirs = attempt?.customerId === session.customerId && attempt.paymentMethodId !== null
  const isAsked = attempt !== undefined && actionOfPurpose[attempt.purpose] !== undefined && !attempt.offSession
  if (isTheirs && isAsked && attempt.checkoutId === null && attempt.paymentId === null) return attempt
  throw new Problem('not_found', 'This authentication step does not exist.')
}
