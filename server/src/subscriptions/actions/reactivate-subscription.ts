import { runDue } from '#billing/actions/run-due.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { Problem } from '#problem.ts'
import { beginReactivation } from '#subscriptions/actions/begin-reactivation.ts'
import { ConfirmationNeeded } from '#subscriptions/actions/confirmation-needed.ts'
import { withoutMethod } from '#subscriptions/actions/retry-renewal.ts'
import { findSubscription } from '#subscriptions/subscriptions.store.ts'

/**
 * Makes a subscription active again; staged: what is to be charged is committed before the provider is asked. 402 charge_failed
 * with the page where the customer can pay, 409 charge_in_progress while nobody knows how the charge ended, which is a
 * {@link ConfirmationNeeded} where the customer is there and their bank asks for them.
 */
export async function reactivateSubscription(
  services: BillingServices,
  db: Db,
  context: Context,
  id: string,
): Promise<void> {
  const { org } = context
  const before = await findSubscription(db, org.id, id)
  // What is due of its own comes first: one try at a time.
  if (before) await runDue(services, org, id, context.now)
  const due = before && (await findSubscription(db, org.id, id))
  if (before?.status === 'past_due' && due?.status === 'active') return
  const begun = await inTransaction(db, (tx) => beginReactivation(tx, context, id))
  if (begun.kind === 'active') return
  if (begun.kind === 'without_method') throw withoutMethod(context, { id })
  const ended = await performAttempt(services, context, begun.attempt)
  if (ended.state === 'failed') throw declined(context, ended)
  if (ended.state === 'succeeded') return
  if (ended.state === 'requires_action') throw new ConfirmationNeeded(ended.id)
  throw new Problem(
    'charge_in_progress',
    'The payment provider has not answered yet. The subscription is active as soon as it says that the charge went through.',
  )
}

/** 402 charge_failed, with the page where the customer can pay with another card. */
export function declined({ org, links }: Context, { failureMessage, failureCode, subscriptionId }: Attempt): Problem {
  return new Problem('charge_failed', failureMessage ?? 'The charge was declined.', {
    details: {
      declineCode: failureCode,
      recoveryUrl: subscriptionId && links.recovery(org.id, subscriptionId),
    },
  })
}
