import { inTransaction, type Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import type { Purchase } from '#subscriptions/actions/begin-purchase.ts'
import { ConfirmationNeeded } from '#subscriptions/actions/confirmation-needed.ts'
import { utcDay } from '#time/period.ts'

/**
 * Carries a purchase out: what `begin` records is committed before the stored method is charged. Returns what the account
 * got. 402 charge_failed when the charge is declined (nothing is kept of it), 409 charge_in_progress while nobody knows,
 * which is a {@link ConfirmationNeeded} where the customer can change that.
 */
export async function finishPurchase(
  services: PaymentServices,
  context: Context,
  begin: (tx: Tx) => Promise<Purchase>,
): Promise<bigint> {
  const { amount, attempt } = await inTransaction(services.db, begin)
  if (!attempt) return amount
  // Dated as if nothing had come between; the provider knows the attempt and charges it once.
  const then = { ...context, now: attempt.createdAt, today: utcDay(attempt.createdAt) }
  const ended = attempt.state === 'started' ? await performAttempt(services, then, attempt) : attempt
  if (ended.state === 'succeeded') return amount
  if (ended.state === 'requires_action') throw new ConfirmationNeeded(ended.id)
  if (ended.state !== 'failed') {
    throw new Problem(
      'charge_in_progress',
      'The payment provider has not answered yet. What was bought is added when it does.',
    )
  }
  throw new Problem('charge_failed', ended.failureMessage ?? 'The charge was declined.', {
    details: { declineCode: ended.failureCode },
  })
}
