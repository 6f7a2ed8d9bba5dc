import type { FastifyInstance, FastifyReply } from 'fastify'
import * as z from 'zod'
import type { HostedPages } from '#hosted/assets.ts'
import {
  authenticationPath,
  type CheckoutServices,
  describe,
  newestAttempt,
  type OpenedCheckout,
  open,
  pageOf,
  pagePath,
  type Quoted,
  routeFor,
} from '#hosted/checkout-access.ts'
import { confirmOpened, quoteOfPage } from '#hosted/checkout-acts.ts'
import { confirmationOf, quoteOf, readForm, withoutCode } from '#hosted/checkout-form.ts'
import { Checkout, ConfirmBody, QuoteBody } from '#hosted/hosted.contract.ts'
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
import { parseTyped } from '#hosted/typed.ts'
import { RateLimited } from '#http/rate-limit.ts'
import { intakeOf } from '#payments/provider.ts'
import { providerOf } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import type {
  CheckoutBanner,
  CheckoutDescription,
  CheckoutFormValues,
  FieldError,
} from '../../../web/src/checkout/render.types.ts'

export type CheckoutPageServices = CheckoutServices & { readonly pages: HostedPages }
type Handler = PageHandler<CheckoutPageServices>

/** What a page shows beyond the checkout itself, and the status it is sent with. */
type Shown = {
  status?: number
  values?: CheckoutFormValues
  errors?: readonly FieldError[]
  banner?: CheckoutBanner
  quoted?: Quoted | null
}

/** The checkout as pages: whole without script, the same actions behind them as behind the JSON API. */
export function registerCheckoutPages(server: FastifyInstance, services: CheckoutPageServices): void {
  for (const path of ['/checkout/:token', '/pay/:token']) {
    server.get(path, page(services, showCheckout))
    server.post(path, page(services, submitCheckout))
    server.post(`${path}/quote`, page(services, quoteCheckout))
    // A reloaded or shared address of a re-priced page: the typed values are gone, the checkout is not.
    server.get(`${path}/quote`, page(services, backToCheckout))
  }
}

const showCheckout: Handler = async (services, request, reply) => {
  const checkout = await open(services, pageOf(request.routeOptions.url), request.params.token)
  const banner = request.query.failed === undefined ? undefined : await lastFailure(services, checkout)
  return show(services, request, reply, checkout, banner ? { banner } : {})
}

const backToCheckout: Handler = async (_services, request, reply) =>
  reply.redirect(
    withLook(request, pagePath({ page: pageOf(request.routeOptions.url), token: request.params.token })),
    303,
  )

const quoteCheckout: Handler = async (services, request, reply) => {
  const checkout = await open(services, pageOf(request.routeOptions.url), request.params.token)
  const values = withoutCode(readForm(postedForm(request)))
  const outcome = await refusalsShown(reply, () => {
    return quoteOfPage(services, checkout, parseTyped(QuoteBody, quoteOf(values)))
  })
  if (outcome.refused) return show(services, request, reply, checkout, { ...outcome.refused, values })
  return show(services, request, reply, checkout, { values, quoted: outcome.confirmed })
}

const submitCheckout: Handler = async (services, request, reply) => {
  const checkout = await open(services, pageOf(request.routeOptions.url), request.params.token)
  const form = postedForm(request)
  const values = readForm(form)
  const outcome = await refusalsShown(reply, async () => {
    const input = parseTyped(ConfirmBody, confirmationOf(values))
    services.confirmations.take(checkout.id, performance.now())
    return (await dearer(services, checkout, form.get('shown'), values)) ?? confirmOpened(services, checkout, input)
  })
  if (outcome.refused) {
    return show(services, request, reply, checkout, { ...outcome.refused, values: withoutCode(values) })
  }
  const { confirmed } = outcome
  if ('priced' in confirmed) {
    const { total, currency } = await describe(services, checkout, confirmed)
    const banner = { kind: 'total_changed', total: Number(total), currency } as const
    const shown = { status: 409, banner, values: withoutCode(values), quoted: confirmed }
    return show(services, request, reply, checkout, shown)
  }
  if (confirmed.status === 'succeeded') return leave(services, request, reply, checkout)
  // A provider's own page is led to by a link: what a form may lead on to is known beforehand, the host of that page is not.
  const isElsewhere = intakeOf[confirmed.attempt.provider] === 'page'
  const next = isElsewhere ? pagePath(checkout) : authenticationPath(checkout, confirmed.attempt)
  return reply.redirect(withLook(request, next), 303)
}

/**
 * The price of what was typed when it is more than the page has shown, or in another currency: without script it is shown again
 * first, nobody pays what they have not seen.
 */
async function dearer(
  services: CheckoutPageServices,
  checkout: OpenedCheckout,
  shown: string | null,
  values: CheckoutFormValues,
): Promise<Quoted | undefined> {
  const before = await describe(services, checkout)
  if (before.status !== 'open') return undefined
  const [total = '', currency = ''] = shown?.split(' ') ?? [String(before.total), before.currency]
  const quoted = await quoteOfPage(services, checkout, parseTyped(QuoteBody, quoteOf(values)))
  const now = await describe(services, checkout, quoted)
  return now.currency !== currency || now.total > Number(total) ? quoted : undefined
}

/** To the seller when there is an address to go back to, else to the receipt. */
export async function leave(
  services: CheckoutPageServices,
  request: PageRequest,
  reply: FastifyReply,
  checkout: OpenedCheckout,
): Promise<FastifyReply> {
  const { successUrl } = await describe(services, checkout)
  return reply.redirect(successUrl ?? withLook(request, pagePath(checkout)), 303)
}

async function show(
  services: CheckoutPageServices,
  request: PageRequest,
  reply: FastifyReply,
  checkout: OpenedCheckout,
  { status = 200, quoted = null, ...shown }: Shown,
): Promise<FastifyReply> {
  const view = await describe(services, checkout, quoted)
  const { pages } = services
  const { publicUrl } = checkout.context.links
  const takesCard = view.status === 'open' || view.status === 'requires_action'
  const provider = view.intake === 'element' && takesCard ? stripeSources : undefined
  reply.header('content-security-policy', contentPolicy(request, [publicUrl, view.successUrl], provider))
  if (view.status === 'open' && !(await takesCards(services, checkout))) {
    const { organisation } = view
    return reply.status(409).send(pages.renderMessage({ ...look(pages, request), kind: 'no_provider', organisation }))
  }
  const action = view.action && { ...view.action, url: withLook(request, view.action.url) }
  const description = z.encode(Checkout, { ...view, action }) as CheckoutDescription
  return reply
    .status(status)
    .send(pages.renderCheckout({ ...look(pages, request), checkout: description, token: checkout.token, ...shown }))
}

async function takesCards(services: CheckoutServices, opened: OpenedCheckout): Promise<boolean> {
  const { org } = opened.context
  const route = await routeFor(services, opened)
  return (await providerOf(services, org.id, route))?.modes.includes(org.mode) ?? false
}

// Only what really happened is told, whatever the address says.
async function lastFailure(services: CheckoutServices, opened: OpenedCheckout): Promise<CheckoutBanner | undefined> {
  const attempt = await newestAttempt(services, opened)
  if (attempt?.state !== 'failed') return undefined
  if (attempt.failureCode === 'authentication_failed') return { kind: 'authentication_failed' }
  return { kind: 'declined', declineCode: attempt.failureCode ?? 'card_declined' }
}

// A refusal is shown on the page itself, with everything that was typed.
async function refusalsShown<T>(
  reply: FastifyReply,
  work: () => Promise<T>,
): Promise<{ confirmed: T; refused?: never } | { refused: Shown }> {
  try {
    return { confirmed: await work() }
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
    if (error instanceof RateLimited) reply.header('retry-after', error.retryAfterSeconds)
    return { refused: refusalOf(error) }
  }
}

function refusalOf({ code, message, status, details }: Problem): Shown {
  switch (code) {
    case 'validation_error':
      return { status, errors: Array.isArray(details) ? (details as FieldError[]) : [] }
    case 'promo_code_not_found':
    case 'promo_code_expired':
      return { status: 422, errors: [{ field: 'promoCode', message }] }
    case 'payment_failed':
      return { status, banner: { kind: 'declined', declineCode: (details as { declineCode?: string }).declineCode } }
    case 'rate_limited':
      return { status, banner: { kind: 'rate_limited' } }
    default:
      return { status, banner: { kind: 'error', code, message } }
  }
}
