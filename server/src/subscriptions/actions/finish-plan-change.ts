import { runDue } from '#billing/actions/run-due.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { Problem } from '#problem.ts'
import { type BegunChange, beginPlanChange, type ChangeInput } from '#subscriptions/actions/begin-plan-change.ts'
import { ConfirmationNeeded } from '#subscriptions/actions/confirmation-needed.ts'
import type { Scheduled } from '#subscriptions/actions/schedule-plan-change.ts'
import { utcDay } from '#time/period.ts'

/**
 * Changes the plan of a subscription: what `beginPlanChange` writes down is committed before the stored method is charged, and
 * takes effect with the outcome. 402 charge_failed when the charge is declined (nothing has changed), 409 charge_in_progress while
 * nobody knows, which is a {@link ConfirmationNeeded} where the customer is there and their bank asks for them. `keep` is given a change that was only noted, in the transaction that notes it: nothing is left to go on with.
 */
export async function changePlan(
  services: BillingServices,
  context: Context,
  input: Omit<ChangeInput, 'requestedAt'>,
  keep: (tx: Tx, scheduled: Scheduled) => Promise<void> = async () => undefined,
): Promise<BegunChange> {
  // Windows that ended before are billed as what they were.
  await runDue(services, context.org, input.id, context.now)
  const request = { ...input, requestedAt: services.machineNow() }
  const begun = await inTransaction(services.db, async (tx) => {
    const found = await beginPlanChange(tx, context, request)
    if (found.kind === 'scheduled') await keep(tx, found.scheduled)
    return found
  })
  await services.crashPoint?.('plan_change.recorded')
  if (begun.kind === 'immediate' && begun.attempt) await finish(services, context, begun.attempt)
  return begun
}

async function finish(services: BillingServices, context: Context, attempt: Attempt): Promise<void> {
  // Dated as if nothing had come between; the provider knows the attempt and charges it once.
  const then = { ...context, now: attempt.createdAt, today: utcDay(attempt.createdAt) }
  const ended = attempt.state === 'started' ? await performAttempt(services, then, attempt) : attempt
  if (ended.state === 'failed') {
    const message = `${ended.failureMessage ?? 'The charge was declined.'} The plan has not changed.`
    throw new Problem('charge_failed', message, { details: { declineCode: ended.failureCode } })
  }
  if (ended.state === 'requires_action') throw new ConfirmationNeeded(ended.id)
  if (ended.state === 'started') {
    const message =
      'The payment provider has not answered yet. The plan changes when it does, and is charged at most once.'
    throw new Problem('charge_in_progress', message)
  }
}
