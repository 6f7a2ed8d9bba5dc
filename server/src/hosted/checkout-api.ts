import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import type { Confirmation } from '#hosted/actions/confirm-checkout.ts'
import { confirmOnce } from '#hosted/actions/confirm-once.ts'
import {
  authenticationUrl,
  type CheckoutServices,
  describe,
  type OpenedCheckout,
  open,
  pageOf,
} from '#hosted/checkout-access.ts'
import { completeOpened, confirmOpened, quoteOfPage } from '#hosted/checkout-acts.ts'
import { Checkout, ConfirmBody, Confirmed, type ConfirmInput, QuoteBody } from '#hosted/hosted.contract.ts'
import { parseTyped } from '#hosted/typed.ts'
import { parseBody } from '#http/body.ts'
import { successText } from '#http/envelope.ts'
import { intakeOf } from '#payments/provider.ts'

type TokenRequest = FastifyRequest<{ Params: { token: string } }>
type ApiHandler = (services: CheckoutServices, checkout: OpenedCheckout, request: TokenRequest) => Promise<Sent>
type Sent = { readonly status: number; readonly body: string; readonly replayed?: boolean }

/** The JSON side of the checkout: what the page talks to, open to tests and integrators. The token is the permission. */
export function registerCheckoutApi(server: FastifyInstance, services: CheckoutServices): void {
  for (const path of ['/hosted/v1/checkout/:token', '/hosted/v1/pay/:token']) {
    server.get(path, operation(services, show))
    server.put(`${path}/quote`, operation(services, quote))
    server.post(`${path}/confirm`, operation(services, confirm))
    server.post(`${path}/complete`, operation(services, complete))
  }
}

function operation(services: CheckoutServices, handler: ApiHandler) {
  return async (request: TokenRequest, reply: FastifyReply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    const checkout = await open(services, pageOf(request.routeOptions.url), request.params.token)
    const { status, body, replayed } = await services.taxes.knowing(() => handler(services, checkout, request))
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply.status(status).type('application/json; charset=utf-8').send(body)
  }
}

const show: ApiHandler = async (services, checkout) => success(Checkout, await describe(services, checkout))

const quote: ApiHandler = async (services, checkout, request) => {
  const typed = parseTyped(QuoteBody, parseBody(bodyText(request)))
  const quoted = await quoteOfPage(services, checkout, typed)
  return success(Checkout, await describe(services, checkout, quoted))
}

const confirm: ApiHandler = async (services, checkout, request) => {
  const input = parseTyped(ConfirmBody, parseBody(bodyText(request)))
  const key = request.headers['idempotency-key']
  return confirmOnce(
    services,
    checkout.context,
    { checkoutId: checkout.id, key: Array.isArray(key) ? key[0] : key, input },
    () => confirmed(services, checkout, input),
  )
}

async function confirmed(services: CheckoutServices, checkout: OpenedCheckout, input: ConfirmInput): Promise<Sent> {
  services.confirmations.take(checkout.id, performance.now())
  return answerOf(services, checkout, await confirmOpened(services, checkout, input))
}

const complete: ApiHandler = async (services, checkout) =>
  answerOf(services, checkout, await completeOpened(services, checkout))

async function answerOf(
  services: CheckoutServices,
  checkout: OpenedCheckout,
  confirmation: Confirmation,
): Promise<Sent> {
  if (confirmation.status === 'requires_action') {
    const url = authenticationUrl(checkout, confirmation.attempt)
    const { provider, actionReference } = confirmation.attempt
    const clientSecret = intakeOf[provider] === 'element' && actionReference !== null ? actionReference : undefined
    return success(Confirmed, { status: 'requires_action', action: { url, ...(clientSecret ? { clientSecret } : {}) } })
  }
  const { successUrl } = await describe(services, checkout)
  return success(Confirmed, { status: 'succeeded', ...(successUrl ? { redirectUrl: successUrl } : {}) })
}

function bodyText(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : ''
}

function success<S extends z.ZodType>(schema: S, data: z.output<S>): Sent {
  return { status: 200, body: successText(JSON.stringify(z.encode(schema, data as never))) }
}
