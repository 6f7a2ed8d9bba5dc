import { isPossibleTaxNumber } from '#customers/tax-number.ts'
import { type CheckoutView, describeCheckout, routeOf } from '#hosted/actions/describe-checkout.ts'
import { describePayment } from '#hosted/actions/describe-payment.ts'
import { quoteCheckout } from '#hosted/actions/quote-checkout.ts'
import type { TypedTaxFacts } from '#hosted/actions/typed-taxpayer.ts'
import { findCheckout } from '#hosted/checkouts.store.ts'
import { type HostedServices, openLink } from '#hosted/hosted-context.ts'
import type { RateLimiter } from '#http/rate-limit.ts'
import type { Context } from '#organisations/org.ts'
import { routeCheckout } from '#payments/actions/route-payment.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findCheckoutAttempt, findPaymentAttempt } from '#payments/attempts.store.ts'
import type { PaymentRoute } from '#payments/connection.ts'
import { findPayment } from '#payments/payments.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import type { Priced } from '#subscriptions/actions/price-checkout.ts'

export type CheckoutServices = HostedServices &
  PaymentServices & {
    /** Requests of any kind, by checkout. */
    readonly hostedRequests: RateLimiter
    /** Cards tried, by checkout: nobody sorts stolen cards here. */
    readonly confirmations: RateLimiter
  }

/** What is paid on these pages: a subscription's checkout, or a payment link. Also the first segment of its page's address. */
export type PageName = CheckoutView['page']

/** A checkout or payment link that somebody has the link of. */
export type OpenedCheckout = {
  readonly context: Context
  readonly id: string
  readonly token: string
  readonly page: PageName
}

/** Whose page a route is of. */
export function pageOf(route: string | undefined): PageName {
  return route?.startsWith('/pay/') || route?.startsWith('/hosted/v1/pay/') ? 'pay' : 'checkout'
}

/**
 * The checkout or payment link that a token opens, with its context. Each has its own allowance of requests; a token that
 * nobody signed costs no query and no memory.
 */
export async function open(services: CheckoutServices, page: PageName, token: string): Promise<OpenedCheckout> {
  const limit = (id: string) => services.hostedRequests.take(id, performance.now())
  const opened =
    page === 'pay'
      ? await openLink(services, 'payment', 'pay', token, limit)
      : await openLink(services, 'checkout', 'cko', token, limit)
  return { ...opened, token, page }
}

/** A price, and what was typed for it. */
export type Quoted = { readonly typed: TypedTaxFacts; readonly priced: Priced | null }

/** What it is about, as it is now, or as it was quoted. */
export async function describe(
  services: CheckoutServices,
  opened: OpenedCheckout,
  quoted: Quoted | null = null,
): Promise<CheckoutView> {
  const view = await describeAt(services, opened, quoted?.priced ?? null)
  const { country = view.customer.address?.country ?? null, taxDocument = null } = quoted?.typed ?? {}
  return { ...view, taxDocumentIgnored: quoted !== null && !isPossibleTaxNumber(country, taxDocument) }
}

async function describeAt(
  services: CheckoutServices,
  opened: OpenedCheckout,
  quoted: Priced | null,
): Promise<CheckoutView> {
  const { context, id, page } = opened
  const actionUrl = (attempt: Attempt) => authenticationUrl(opened, attempt)
  if (page === 'pay') {
    const payment = await findPayment(services.db, context.org.id, id)
    if (payment) return describePayment(services.db, context, payment, actionUrl)
  } else {
    const checkout = await findCheckout(services.db, context.org.id, id)
    if (checkout) {
      const priced = quoted ?? (await quoteCheckout(services.db, context, id, { promoCode: null }))
      return describeCheckout(services.db, context, checkout, actionUrl, priced)
    }
  }
  throw new Problem('not_found', 'This checkout does not exist. Ask the seller for a new link.')
}

/** Where it takes its card. */
export async function routeFor({ db }: CheckoutServices, { context, id, page }: OpenedCheckout): Promise<PaymentRoute> {
  if (page === 'checkout') return routeOf(db, context.org, id)
  const payment = await findPayment(db, context.org.id, id)
  return routeCheckout(db, context.org, payment ?? { provider: null, connectionId: null }, null)
}

/** The newest attempt to pay it. */
export function newestAttempt(
  { db }: CheckoutServices,
  { context, id, page }: OpenedCheckout,
): Promise<Attempt | undefined> {
  return page === 'pay' ? findPaymentAttempt(db, context.org.id, id) : findCheckoutAttempt(db, context.org.id, id)
}

/** Where the customer authenticates an attempt. */
export function authenticationUrl(opened: OpenedCheckout, attempt: Attempt): string {
  return opened.context.links.publicUrl + authenticationPath(opened, attempt)
}

/** The same as a path of this server. */
export function authenticationPath(opened: Pick<OpenedCheckout, 'page' | 'token'>, attempt: Attempt): string {
  return `${pagePath(opened)}/authenticate/${attempt.id}`
}

/** Its page, as a path of this server. */
export function pagePath({ page, token }: Pick<OpenedCheckout, 'page' | 'token'>): string {
  return `/${page}/${encodeURIComponent(token)}`
}
