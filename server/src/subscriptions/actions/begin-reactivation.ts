import { chargeOf } from '#billing/actions/collect.ts'
import type { Tx } from '#database/transaction.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { hasOpenDispute } from '#payments/disputes.store.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { Problem } from '#problem.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import { beginAnew } from '#subscriptions/actions/complete-reactivation.ts'
import { invoiceReactivation } from '#subscriptions/actions/price-reactivation.ts'
import { beginRetry } from '#subscriptions/actions/retry-renewal.ts'
import { findLiveSubscription } from '#subscriptions/subscriptions.store.ts'

/**
 * What a reactivation has come to once its transaction is committed. Without a method the invoice is there all the same: the
 * customer can pay it on the recovery page.
 */
export type Reactivation =
  | { readonly kind: 'charge'; readonly attempt: Attempt }
  | { readonly kind: 'active' }
  | { readonly kind: 'without_method' }

/**
 * Begins to make a subscription active again (subscriptions.md, Reactivating): one that is past_due has its renewal tried again,
 * which uses up a slot; a canceled one gets a `reactivation` invoice at today's price. 409 invalid_subscription_status,
 * subscription_has_open_dispute, already_has_active_subscription, plan_unavailable, no_payment_method, charge_in_progress.
 */
export async function beginReactivation(tx: Tx, context: Context, id: string): Promise<Reactivation> {
  const { org } = context
  const { subscription, customer } = await lockWithCustomer(tx, context, id)
  const { status } = subscription
  if (status !== 'past_due' && status !== 'canceled') {
    throw new Problem(
      'invalid_subscription_status',
      `Only past_due and canceled subscriptions can be made active again; ${id} is ${status}.`,
    )
  }
  if (await hasOpenDispute(tx, org.id, id)) {
    throw new Problem('subscription_has_open_dispute', `A payment of ${id} is disputed. Wait until that is decided.`)
  }
  if (status === 'past_due') return { kind: 'charge', attempt: await beginRetry(tx, context, subscription) }
  const live = await findLiveSubscription(tx, org.id, customer.id)
  if (live) {
    throw new Problem(
      'already_has_active_subscription',
      `The customer has the ${live.status} subscription ${live.id} by now.`,
      { details: { subscriptionId: live.id, status: live.status } },
    )
  }
  const invoice = await invoiceReactivation(tx, context, subscription, customer)
  if (invoice.total === 0n) {
    const paid = await payInvoice(tx, context, invoice.id)
    await beginAnew(tx, context, { subscription, invoice: paid, attempt: null })
    return { kind: 'active' }
  }
  const method = await findDefaultMethod(tx, org.id, customer.id)
  if (!method) return { kind: 'without_method' }
  const charge = chargeOf({ invoice, customer, purpose: 'reactivation' }, method)
  return { kind: 'charge', attempt: await beginAttempt(tx, context, charge) }
}
