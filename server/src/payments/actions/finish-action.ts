import { inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { settleAttempt } from '#payments/actions/settle-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'
import { Problem } from '#problem.ts'

/**
 * After the customer's authentication step: asks the provider how it went and settles the attempt. Gives it as it is
 * then; still `requires_action` when the step was not finished or the provider does not answer.
 */
export async function finishAction(services: PaymentServices, context: Context, attemptId: string): Promise<Attempt> {
  const attempt = await findAttempt(services.db, context.org.id, attemptId)
  if (!attempt) throw new Problem('transaction_not_found', `There is no transaction ${attemptId}.`)
  if (attempt.state !== 'requires_action') return attempt
  const result = await standingOf(services, attempt)
  if (result.outcome === 'not_found') return attempt
  await services.crashPoint?.('attempt.charged')
  const settled = await inTransaction(services.db, (tx) =>
    settleAttempt(tx, context, attempt, result, services.settlements),
  )
  await services.crashPoint?.('attempt.settled')
  return settled
}

async function standingOf(services: PaymentServices, attempt: Attempt) {
  try {
    const provider = await providerOf(services, attempt.orgId, attempt)
    const asked = { kind: attempt.kind, token: attempt.providerToken }
    return (await provider?.find(attempt.id, asked)) ?? { outcome: 'not_found' as const }
  } catch (error) {
    if (error instanceof ProviderUnreachable) return { outcome: 'not_found' as const }
    throw error
  }
}
