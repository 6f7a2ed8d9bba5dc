import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type * as z from 'zod'
import * as zod from 'zod'
import { confirmCheckout } from '#hosted/actions/confirm-checkout.ts'
import type { CheckoutView } from '#hosted/actions/describe-checkout.ts'
import type { HostedPages } from '#hosted/assets.ts'
import { authenticationUrl, type CheckoutServices, describe, open } from '#hosted/checkout-api.ts'
import { confirmationOf, fieldErrors, readForm, withoutCode } from '#hosted/checkout-form.ts'
import { Checkout, ConfirmBody } from '#hosted/hosted.contract.ts'
import { RateLimited } from '#http/rate-limit.ts'
import { parse } from '#http/validation.ts'
import { finishAction } from '#payments/actions/finish-action.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { ActionAnswer, SimulatedProcessor } from '#payments/providers/simulated/processor.ts'
import { Problem } from '#problem.ts'
import type {
  CheckoutBanner,
  CheckoutDescription,
  CheckoutFormValues,
  FieldError,
} from '../../../web/src/checkout/render.types.ts'

export type PageServices = CheckoutServices & { readonly pages: HostedPages; readonly processor: SimulatedProcessor }

type PageRequest = FastifyRequest<{
  Params: { token: string; attemptId: string }
  Querystring: { locale?: string; theme?: string; failed?: string }
}>
type Shown = { values?: CheckoutFormValues; errors?: readonly FieldError[]; banner?: CheckoutBanner }

/** The checkout as pages: whole without script, the same operations behind them as behind the JSON API. */
export function registerCheckoutPages(server: FastifyInstance, services: PageServices): void {
  server.get('/checkout/:token', page(services, showCheckout))
  server.post('/checkout/:token', page(services, submitCheckout))
  server.get('/checkout/:token/authenticate/:attemptId', page(services, showAuthentication))
  server.post('/checkout/:token/authenticate/:attemptId', page(services, answerAuthentication))
}

type PageHandler = (services: PageServices, request: PageRequest, reply: FastifyReply) => Promise<FastifyReply>

// Nothing is loaded from anywhere else, nothing is cached, nobody frames it, and the link leaks to no other site.
export const headers = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self' http: https:; base-uri 'none'; frame-ancestors 'none'",
}

function page(services: PageServices, handler: PageHandler) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(headers).type('text/html; charset=utf-8')
    try {
      return await handler(services, request as PageRequest, reply)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return refuse(services, request as PageRequest, reply, error)
    }
  }
}

function refuse({ pages }: PageServices, request: PageRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem instanceof RateLimited) reply.header('retry-after', problem.retryAfterSeconds)
  const kind = problem instanceof RateLimited ? 'rate_limited' : problem.status === 404 ? 'not_found' : 'error'
  const own = kind === 'error' ? { title: undefined, message: problem.message } : {}
  return reply.status(problem.status).send(pages.renderMessage({ ...look(pages, request), kind, ...own }))
}

function look(pages: HostedPages, request: PageRequest) {
  return {
    locale: pages.chooseLocale([request.query.locale], request.headers['accept-language']),
    theme: pages.chooseTheme(request.query.theme),
    assets: pages.assets,
  }
}

const showCheckout: PageHandler = async (services, request, reply) => {
  const view = await describe(services, request.params.token)
  const failed = request.query.failed
  const banner: CheckoutBanner | undefined =
    failed !== undefined && view.status === 'open'
      ? { kind: failed === 'authentication_failed' ? 'authentication_failed' : 'declined', declineCode: failed }
      : undefined
  return show(services, request, reply, view, 200, banner ? { banner } : {})
}

function show(
  { pages }: PageServices,
  request: PageRequest,
  reply: FastifyReply,
  view: CheckoutView,
  status: number,
  shown: Shown,
): FastifyReply {
  const checkout = zod.encode(Checkout, view) as CheckoutDescription
  return reply
    .status(status)
    .send(pages.renderCheckout({ ...look(pages, request), checkout, token: request.params.token, ...shown }))
}

const submitCheckout: PageHandler = async (services, request, reply) => {
  const { token } = request.params
  const { context, id } = await open(services, token)
  const values = readForm(typeof request.body === 'string' ? request.body : '')
  try {
    const input = parse(ConfirmBody, confirmationOf(values), 'body') as z.output<typeof ConfirmBody>
    const confirmation = await confirmCheckout(services, context, id, input)
    if (confirmation.status === 'requires_action') {
      return reply.redirect(authenticationUrl(context, token, confirmation.attempt), 303)
    }
    return await leave(services, request, reply)
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
    return show(services, request, reply, await describe(services, token), error.status, {
      values: withoutCode(values),
      ...wrong(error),
    })
  }
}

function wrong(problem: Problem): Shown {
  if (problem.code === 'validation_error') return { errors: fieldErrors(problem.details) }
  const declineCode = (problem.details as { declineCode?: string } | undefined)?.declineCode
  if (problem.code === 'payment_failed') return { banner: { kind: 'declined', declineCode, message: problem.message } }
  return { banner: { kind: 'error', message: problem.message } }
}

// To the seller when there is an address to go back to, else to the receipt.
async function leave(services: PageServices, request: PageRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { successUrl } = await describe(services, request.params.token)
  return reply.redirect(successUrl ?? `/checkout/${request.params.token}`, 303)
}

async function attemptOf(
  services: PageServices,
  request: PageRequest,
): Promise<{ attempt: Attempt; context: Awaited<ReturnType<typeof open>>['context'] }> {
  const { context, id } = await open(services, request.params.token)
  const attempt = await findAttempt(services.db, context.org.id, request.params.attemptId)
  if (attempt?.checkoutId !== id) throw new Problem('not_found', 'This authentication step does not exist.')
  return { attempt, context }
}

const showAuthentication: PageHandler = async (services, request, reply) => {
  const { attempt } = await attemptOf(services, request)
  if (attempt.state !== 'requires_action') return reply.redirect(`/checkout/${request.params.token}`, 303)
  const { organisation } = await describe(services, request.params.token)
  const props = {
    ...look(services.pages, request),
    organisation,
    total: Number(attempt.amount),
    currency: attempt.currency,
    card: attempt.card,
  }
  return reply.send(services.pages.renderAuthentication(props))
}

const answerAuthentication: PageHandler = async (services, request, reply) => {
  const { attempt, context } = await attemptOf(services, request)
  const outcome = new URLSearchParams(typeof request.body === 'string' ? request.body : '').get('outcome')
  if (
    attempt.state === 'requires_action' &&
    attempt.actionReference !== null &&
    (outcome === 'approve' || outcome === 'fail')
  ) {
    const answer: ActionAnswer = outcome
    await services.processor.completeAction(attempt.actionReference, answer)
  }
  const ended = await finishAction(services, context, attempt.id)
  if (ended.state === 'succeeded') return leave(services, request, reply)
  const failed =
    ended.state === 'failed' ? `?failed=${encodeURIComponent(ended.failureCode ?? 'authentication_failed')}` : ''
  return reply.redirect(`/checkout/${request.params.token}${failed}`, 303)
}
