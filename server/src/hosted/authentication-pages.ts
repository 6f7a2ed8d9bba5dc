import type { FastifyInstance, FastifyReply } from 'fastify'
import { readAnswer, tellBank } from '#hosted/bank-answer.ts'
import {
  type CheckoutServices,
  describe,
  newestAttempt,
  type OpenedCheckout,
  open,
  pageOf,
  pagePath,
} from '#hosted/checkout-access.ts'
import { type CheckoutPageServices, leave } from '#hosted/checkout-pages.ts'
import { contentPolicy, look, type PageHandler, type PageRequest, page, postedForm, withLook } from '#hosted/page.ts'
import { isId } from '#id.ts'
import { finishAction } from '#payments/actions/finish-action.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import { intakeOf } from '#payments/provider.ts'
import type { SimulatedProcessor } from '#payments/providers/simulated/processor.ts'
import { Problem } from '#problem.ts'

export type AuthenticationPageServices = CheckoutPageServices & { readonly processor: SimulatedProcessor }
type Handler = PageHandler<AuthenticationPageServices>

/** The page of the simulated processor's bank, where a customer approves or fails an authentication. */
export function registerAuthenticationPages(server: FastifyInstance, services: AuthenticationPageServices): void {
  for (const path of ['/checkout/:token', '/pay/:token']) {
    server.get(`${path}/authenticate`, page(services, showNewest))
    server.get(`${path}/authenticate/:attemptId`, page(services, showAuthentication))
    server.post(`${path}/authenticate/:attemptId`, page(services, answerAuthentication))
  }
}

/** Where a provider's script sends the customer back to: the attempt was not known yet when the address was given. */
const showNewest: Handler = async (services, request, reply) => {
  const checkout = await open(services, pageOf(request.routeOptions.url), request.params.token)
  const attempt = await newestAttempt(services, checkout)
  const isElsewhere = attempt?.state === 'requires_action' && intakeOf[attempt.provider] === 'element'
  if (isElsewhere) return toProvider(services, request, reply, checkout, attempt)
  return reply.redirect(withLook(request, pagePath(checkout)), 303)
}

const showAuthentication: Handler = async (services, request, reply) => {
  const checkout = await open(services, pageOf(request.routeOptions.url), request.params.token)
  const attempt = await attemptOf(services, request, checkout)
  if (intakeOf[attempt.provider] !== 'card') return toProvider(services, request, reply, checkout, attempt)
  if (attempt.state !== 'requires_action') {
    return reply.redirect(withLook(request, pagePath(checkout)), 303)
  }
  const { organisation, successUrl } = await describe(services, checkout)
  const props = {
    ...look(services.pages, request),
    organisation,
    total: Number(attempt.amount),
    currency: attempt.currency,
    card: attempt.card,
  }
  return reply
    .header('content-security-policy', contentPolicy(request, [checkout.context.links.publicUrl, successUrl]))
    .send(services.pages.renderAuthentication(props))
}

// A provider's own page, or its script on the checkout's.
async function toProvider(
  services: AuthenticationPageServices,
  request: PageRequest,
  reply: FastifyReply,
  checkout: OpenedCheckout,
  attempt: Attempt,
): Promise<FastifyReply> {
  const { actionReference } = attempt
  if (intakeOf[attempt.provider] === 'page' && attempt.state === 'requires_action' && actionReference !== null)
    return reply.redirect(actionReference, 303)
  const ended = await finishAction(services, checkout.context, attempt.id)
  if (ended.state === 'succeeded') return leave(services, request, reply, checkout)
  const more: Record<string, string> = ended.state === 'failed' ? { failed: '1' } : {}
  return reply.redirect(withLook(request, pagePath(checkout), more), 303)
}

const answerAuthentication: Handler = async (services, request, reply) => {
  const checkout = await open(services, pageOf(request.routeOptions.url), request.params.token)
  const attempt = await attemptOf(services, request, checkout)
  const answer = readAnswer(postedForm(request).get('outcome'))
  const isOurs = intakeOf[attempt.provider] === 'card'
  if (attempt.state === 'requires_action' && answer && isOurs) await tellBank(services.processor, attempt, answer)
  const ended = await finishAction(services, checkout.context, attempt.id)
  if (ended.state === 'succeeded') return leave(services, request, reply, checkout)
  const more: Record<string, string> = ended.state === 'failed' ? { failed: '1' } : {}
  return reply.redirect(withLook(request, pagePath(checkout), more), 303)
}

async function attemptOf(services: CheckoutServices, request: PageRequest, checkout: OpenedCheckout): Promise<Attempt> {
  const { attemptId } = request.params
  const { org } = checkout.context
  const attempt = isId('txn', attemptId) ? await findAttempt(services.db, org.id, attemptId) : undefined
  if (attempt && (attempt.checkoutId === checkout.id || attempt.paymentId === checkout.id)) return attempt
  throw new Problem('not_found', 'This authentication step does not exist.')
}
