import { inTransaction } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { settleAttempt } from '#payments/actions/settle-attempt.ts'
import { momentOf } from '#payments/actions/sweep-attempts.ts'
import { type Attempt, isInFlight } from '#payments/attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'

/**
 * After word from a provider that something happened to an attempt: asks how it stands and settles it. The notification itself
 * is not believed, so that old, repeated and reordered ones do no harm. Undefined when there is no such attempt; what the
 * provider throws comes out.
 */
export async function reviewAttempt(services: PaymentServices, org: Org, id: string): Promise<Attempt | undefined> {
  const attempt = await findAttempt(services.db, org.id, id)
  if (!attempt || !isInFlight(attempt.state)) return attempt
  const provider = await providerOf(services, org.id, attempt)
  const result = await provider?.find(attempt.id, { kind: attempt.kind, token: attempt.providerToken })
  if (!result || result.outcome === 'not_found') return attempt
  await services.crashPoint?.('attempt.charged')
  const context = services.contextFor(org, momentOf(services, org, attempt))
  return inTransaction(services.db, (tx) => settleAttempt(tx, context, attempt, result, services.settlements))
}
