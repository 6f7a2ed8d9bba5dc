import { inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { settleAttempt } from '#payments/actions/settle-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { chargeRequest } from '#payments/charge-request.ts'
import { type KnownResult, ProviderUnreachable } from '#payments/provider.ts'
import { availableProvider, type PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'

/** Settles an attempt once the provider has answered, in a transaction of its own or of several. */
export type Settle = (
  services: PaymentServices,
  context: Context,
  attempt: Attempt,
  result: KnownResult,
) => Promise<Attempt>

export const settleAlone: Settle = (services, context, attempt, result) =>
  inTransaction(services.db, (tx) => settleAttempt(tx, context, attempt, result, services.settlements))

/**
 * Asks the provider for what a committed attempt is about and settles it; call it with no transaction open. Gives the
 * attempt as it is then: `started` when the provider's answer was lost, which the sweeper clears up.
 */
export async function performAttempt(
  services: PaymentServices,
  context: Context,
  attempt: Attempt,
  settle: Settle = settleAlone,
): Promise<Attempt> {
  await services.crashPoint?.('attempt.recorded')
  const result = await ask(services, context, attempt)
  if (result === 'unknown') return attempt
  await services.crashPoint?.('attempt.charged')
  const settled = await settle(services, context, attempt, result)
  await services.crashPoint?.('attempt.settled')
  return settled
}

async function ask(services: PaymentServices, { org }: Context, attempt: Attempt): Promise<KnownResult | 'unknown'> {
  try {
    const provider = await availableProvider(services, org, attempt)
    return await provider.charge(chargeRequest(org, attempt))
  } catch (error) {
    if (error instanceof ProviderUnreachable) return 'unknown'
    // Nothing was sent to anybody: the attempt is over, and a renewal runs its usual course.
    if (error instanceof Problem && error.code === 'provider_unsupported') {
      return { outcome: 'declined', reference: null, code: 'provider_unavailable', message: error.message }
    }
    throw error
  }
}
