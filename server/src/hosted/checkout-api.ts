import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { confirmCheckout } from '#hosted/actions/confirm-checkout.ts'
import { type CheckoutView, describeCheckout } from '#hosted/actions/describe-checkout.ts'
import { findCheckout } from '#hosted/checkouts.store.ts'
import { Checkout, ConfirmBody, Confirmed, QuoteBody } from '#hosted/hosted.contract.ts'
import { type HostedServices, openLink } from '#hosted/hosted-context.ts'
import { parseBody } from '#http/body.ts'
import { successText } from '#http/envelope.ts'
import type { RateLimiter } from '#http/rate-limit.ts'
import { parse } from '#http/validation.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'

export type CheckoutServices = HostedServices & PaymentServices & { readonly hostedRequests: RateLimiter }

type TokenRequest = FastifyRequest<{ Params: { token: string } }>

/** The JSON side of the checkout: what the page talks to, open to tests and integrators. The token is the permission. */
export function registerCheckoutApi(server: FastifyInstance, services: CheckoutServices): void {
  const path = '/hosted/v1/checkout/:token'
  server.get(path, async (request: TokenRequest, reply) =>
    send(reply, Checkout, await describe(services, request.params.token)),
  )
  server.put(`${path}/quote`, async (request: TokenRequest, reply) => {
    parse(QuoteBody, parseBody(bodyText(request)), 'body')
    return send(reply, Checkout, await describe(services, request.params.token))
  })
  server.post(`${path}/confirm`, async (request: TokenRequest, reply) => {
    const { context, id } = await open(services, request.params.token)
    const input = parse(ConfirmBody, parseBody(bodyText(request)), 'body') as z.output<typeof ConfirmBody>
    const confirmation = await confirmCheckout(services, context, id, input)
    if (confirmation.status === 'requires_action') {
      return send(reply, Confirmed, {
        status: 'requires_action',
        action: { url: authenticationUrl(context, request.params.token, confirmation.attempt) },
      })
    }
    const { successUrl } = await describe(services, request.params.token)
    return send(reply, Confirmed, { status: 'succeeded', ...(successUrl ? { redirectUrl: successUrl } : {}) })
  })
}

/** The checkout a token opens, with its context. Each token has its own allowance of requests. */
export async function open(services: CheckoutServices, token: string): Promise<{ context: Context; id: string }> {
  services.hostedRequests.take(token, performance.now())
  return openLink(services, 'checkout', 'cko', token)
}

/** What a token's checkout is about. */
export async function describe(services: CheckoutServices, token: string): Promise<CheckoutView> {
  const { context, id } = await open(services, token)
  const checkout = await findCheckout(services.db, context.org.id, id)
  if (!checkout) throw new Problem('not_found', 'This checkout does not exist. Ask the seller for a new link.')
  return describeCheckout(services.db, context, checkout, (attempt) => authenticationUrl(context, token, attempt))
}

/** Where the customer authenticates an attempt. */
export function authenticationUrl(context: Context, token: string, attempt: Attempt): string {
  return `${context.links.publicUrl}/checkout/${token}/authenticate/${attempt.id}`
}

function bodyText(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : ''
}

function send<S extends z.ZodType>(reply: FastifyReply, schema: S, data: z.output<S>): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(successText(JSON.stringify(z.encode(schema, data as never))))
}
