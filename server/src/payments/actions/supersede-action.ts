import { inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { settleAttempt } from '#payments/actions/settle-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import { type ChargeResult, ProviderUnreachable } from '#payments/provider.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'
import { Problem } from '#problem.ts'

/**
 * Makes room for another attempt (another card): an unfinished authentication is ended at the provider first and only
 * then marked failed. Begin the next attempt only when this one comes back `failed`: when the customer had finished the
 * step meanwhile it comes back `succeeded`. Call it with no transaction open. Refuses with `charge_in_progress` while the
 * outcome is unknown.
 */
export async function supersedeAction(services: PaymentServices, context: Context, attempt: Attempt): Promise<Attempt> {
  const current = await findAttempt(services.db, context.org.id, attempt.id)
  if (!current) throw new Problem('transaction_not_found', `There is no transaction ${attempt.id}.`)
  if (current.state === 'started') throw inProgress()
  if (current.state !== 'requires_action') return current
  const result = await end(services, current)
  if (result.outcome === 'not_found' || result.outcome === 'requires_action') throw inProgress()
  await services.crashPoint?.('attempt.charged')
  return inTransaction(services.db, (tx) => settleAttempt(tx, context, current, result, services.settlements))
}

async function end(services: PaymentServices, attempt: Attempt): Promise<ChargeResult> {
  try {
    if (attempt.providerReference === null) return { outcome: 'not_found' }
    const provider = await providerOf(services, attempt.orgId, attempt)
    const asked = { kind: attempt.kind, token: attempt.providerToken }
    return (await provider?.abandon(attempt.providerReference, asked)) ?? { outcome: 'not_found' }
  } catch (error) {
    if (error instanceof ProviderUnreachable) return { outcome: 'not_found' }
    throw error
  }
}

function inProgress(): Problem {
  return new Problem('charge_in_progress', 'An earlier attempt to pay is not settled yet. Look again in a minute.')
}
