import Stripe from 'stripe'
import { ProviderUnreachable } from '#payments/provider.ts'

/** What leaves open whether Stripe did what was asked, or will do it when asked again. */
export function unreachable(error: unknown): ProviderUnreachable | undefined {
  if (error instanceof ProviderUnreachable) return error
  const isOpen =
    error instanceof Stripe.errors.StripeConnectionError ||
    error instanceof Stripe.errors.StripeAPIError ||
    error instanceof Stripe.errors.StripeRateLimitError ||
    (error instanceof Stripe.errors.StripeError && (error.statusCode === 409 || (error.statusCode ?? 0) >= 500))
  return isOpen ? new ProviderUnreachable('Stripe did not answer.', { cause: error }) : undefined
}
