import assert from 'node:assert/strict'
import { settlePayments } from '#billing/actions/settle-payment.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout } from '#hosted/checkouts.store.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import type { Context } from '#organisations/org.ts'
import { attachMethod } from '#payments/actions/attach-method.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { storeCard } from '#subscriptions/actions/complete-checkout.ts'
import { beginAnew } from '#subscriptions/actions/complete-reactivation.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** What was outstanding is paid with another card, which is the customer's method from now on. */
export async function completeRecovery(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { org } = context
  assert(attempt.subscriptionId && attempt.invoiceId, `${attempt.id} pays what a subscription owes`)
  const subscription = await lockSubscription(tx, org.id, attempt.subscriptionId)
  assert(subscription, `subscription ${attempt.subscriptionId} exists`)
  await replaceMethod(tx, context, attempt)
  await endCheckout(tx, org.id, attempt.subscriptionId, 'complete', context.now)
  const invoice = await payInvoice(tx, context, attempt.invoiceId)
  if (invoice.type === 'reactivation') return beginAnew(tx, context, { subscription, invoice, attempt })
  await settlePayments(tx, context, [{ invoice, attempt, subscription }])
}

/** Another card was stored, or a free customer's first; nothing was charged. */
export async function completeMethodUpdate(
  tx: Tx,
  context: Context,
  attempt: Attempt,
  subscription: SubscriptionRecord | undefined,
): Promise<void> {
  assert(attempt.subscriptionId && subscription, `${attempt.id} belongs to a subscription`)
  const former = await findDefaultMethod(tx, context.org.id, attempt.customerId)
  if (former) await replaceMethod(tx, context, attempt)
  else await storeCard(tx, context, subscription, attempt)
  await endCheckout(tx, context.org.id, attempt.subscriptionId, 'complete', context.now)
}

async function replaceMethod(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { brand, last4, expMonth, expYear } = await attachMethod(tx, context, attempt)
  const customer = (await findCustomersById(tx, context.org.id, [attempt.customerId])).get(attempt.customerId)
  await recordEvent(tx, context, 'payment_method.updated', attempt.customerId, {
    customerId: customer ? publicCustomerId(customer) : attempt.customerId,
    card: { brand, last4, expMonth, expYear },
  })
}
