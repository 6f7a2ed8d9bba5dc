import Stripe from 'stripe'
import { type ChargeResult, type KnownResult, ProviderUnreachable } from '#payments/provider.ts'
import { declineOf } from '#payments/providers/stripe/standing.ts'
import { unreachable } from '#payments/providers/stripe/unreachable.ts'

/** The outcome of a request that Stripe knows; throws `ProviderUnreachable` where it does not show it yet: nothing is decided. */
export function knownOnly(result: ChargeResult, error: unknown): KnownResult {
  if (result.outcome !== 'not_found') return result
  throw new ProviderUnreachable('Stripe knows the request and does not show it yet.', { cause: error })
}

/** Same key, other parameters. While the first request is still running, Stripe answers 409 with another code. */
export function isMismatch(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeIdempotencyError && error.code !== 'idempotency_key_in_use'
}

/** What Stripe refused; throws what is not known to be refused. */
export function refusedOr(error: unknown): KnownResult {
  const lost = unreachable(error)
  if (lost) throw lost
  const refusal = refusalOf(error)
  if (refusal) return refusal
  throw error
}

/** Whether Stripe does not take the keys of the connection. */
export function areKeysRefused(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeAuthenticationError || error instanceof Stripe.errors.StripePermissionError
  )
}

/** What Stripe refused before anything was booked: keys that are not good any more, a card that is not there any more. */
function refusalOf(error: unknown): KnownResult | undefined {
  if (areKeysRefused(error)) {
    const message = 'The payment provider does not accept the keys of this connection.'
    return declineOf(null, { code: 'provider_unavailable', message })
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError)
    return declineOf(null, { code: 'processing_error', message: 'The stored card cannot be used any more.' })
  return undefined
}
