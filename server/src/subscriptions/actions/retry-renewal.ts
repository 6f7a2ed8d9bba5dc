import assert from 'node:assert/strict'
import { gatherDue } from '#billing/actions/gather-due.ts'
import { retryRenewals } from '#billing/actions/retry-renewals.ts'
import { isDue } from '#billing/actions/run-due.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { refuseWhileRefunding } from '#payments/actions/refuse-while-refunding.ts'
import { type Attempt, isInFlight } from '#payments/attempt.ts'
import { findAttempt, findInvoiceAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * Begins to try a declined renewal again because somebody asks, which uses up the next slot of the calendar. Gives the charge
 * to perform after the commit. 409 no_payment_method, charge_in_progress while it is being paid or its own retry is due.
 */
export async function beginRetry(tx: Tx, context: Context, subscription: SubscriptionRecord): Promise<Attempt> {
  const { org } = context
  const [due] = await gatherDue(tx, org.id, [subscription])
  assert(due, `subscription ${subscription.id} is there`)
  const invoiceId = subscription.declinedInvoiceId
  const newest = invoiceId === null ? undefined : await findInvoiceAttempt(tx, org.id, invoiceId)
  if (isDue(subscription, context.now) || (newest && isInFlight(newest.state))) {
    throw new Problem('charge_in_progress', 'This invoice is being charged right now. Look again in a minute.')
  }
  await refuseWhileRefunding(tx, org.id, subscription.id)
  if (!due.method) throw withoutMethod(context, subscription)
  const [attempt] = (await retryRenewals(tx, context, [due])).attempts
  assert(attempt, 'a stored method is charged')
  return attempt
}

/** 409 no_payment_method, with the page where the customer can pay with a card. */
export function withoutMethod(context: Context, { id }: Pick<SubscriptionRecord, 'id'>): Problem {
  return new Problem('no_payment_method', 'The customer has no stored payment method to charge.', {
    details: { recoveryUrl: context.links.recovery(context.org.id, id) },
  })
}

/** Tries the renewal of a failed transaction again: 409 invalid_subscription_status unless it still is the one that is declined. */
export async function beginTransactionRetry(tx: Tx, context: Context, transactionId: string): Promise<Attempt> {
  const failed = await findAttempt(tx, context.org.id, transactionId)
  if (failed?.kind !== 'charge') {
    throw new Problem('transaction_not_found', `There is no transaction ${transactionId}.`)
  }
  const isRenewal = failed.purpose === 'renewal' && failed.state === 'failed' && failed.subscriptionId !== null
  if (!isRenewal || failed.subscriptionId === null) throw notRetryable(transactionId)
  const { subscription } = await lockWithCustomer(tx, context, failed.subscriptionId)
  if (subscription.status !== 'past_due' || subscription.declinedInvoiceId !== failed.invoiceId) {
    throw notRetryable(transactionId)
  }
  return beginRetry(tx, context, subscription)
}

function notRetryable(id: string): Problem {
  return new Problem(
    'invalid_subscription_status',
    `Only a failed renewal of a past_due subscription can be tried again; ${id} is not one.`,
  )
}
