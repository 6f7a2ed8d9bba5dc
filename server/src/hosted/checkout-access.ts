import { type CheckoutView, describeCheckout } from '#hosted/actions/describe-checkout.ts'
import { findCheckout } from '#hosted/checkouts.store.ts'
import { type HostedServices, openLink } from '#hosted/hosted-context.ts'
import type { RateLimiter } from '#http/rate-limit.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import type { Priced } from '#subscriptions/actions/price-with-code.ts'

export type CheckoutServices = HostedServices &
  PaymentServices & {
    /** Requests of any kind, by checkout. */
    readonly hostedRequests: RateLimiter
    /** Cards tried, by checkout: nobody sorts stolen cards here. */
    readonly confirmations: RateLimiter
  }

/** A checkout that somebody has the link of. */
export type OpenedCheckout = { readonly context: Context; readonly id: string; readonly token: string }

/**
 * The checkout a token opens, with its context. Each checkout has its own allowance of requests; a token that nobody signed
 * costs no query and no memory.
 */
export async function open(services: CheckoutServices, token: string): Promise<OpenedCheckout> {
  const opened = await openLink(services, 'checkout', 'cko', token, (id) =>
    services.hostedRequests.take(id, performance.now()),
  )
  return { ...opened, token }
}

/** What an opened checkout is about, as it is now, or as it was quoted. */
export async function describe(
  services: CheckoutServices,
  { context, id, token }: OpenedCheckout,
  quoted: Priced | null = null,
): Promise<CheckoutView> {
  const checkout = await findCheckout(services.db, context.org.id, id)
  if (!checkout) throw new Problem('not_found', 'This checkout does not exist. Ask the seller for a new link.')
  return describeCheckout(
    services.db,
    context,
    checkout,
    (attempt) => authenticationUrl(context, token, attempt),
    quoted,
  )
}

/** Where the customer authenticates an attempt. */
export function authenticationUrl(context: Context, token: string, attempt: Attempt): string {
  return context.links.publicUrl + authenticationPath(token, attempt)
}

/** The same as a path of this server. */
export function authenticationPath(token: string, attempt: Attempt): string {
  return `/checkout/${token}/authenticate/${attempt.id}`
}
