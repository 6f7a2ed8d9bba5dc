import assert from 'node:assert/strict'
import { withdrawalFact } from '#billing/actions/offer-withdrawal.ts'
import { tellReceived } from '#billing/actions/settle-payment.ts'
import { findCustomersById, publicCustomerId } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout } from '#hosted/checkouts.store.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { copiesOf } from '#invoicing/buyer.ts'
import { type InvoiceRecord, updateInvoice } from '#invoicing/invoices.store.ts'
import { queueMail } from '#mail/outbox.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { attachMethod } from '#payments/actions/attach-method.ts'
import type { Attempt } from '#payments/attempt.ts'
import { activateSubscription, startTrial } from '#subscriptions/actions/activate-subscription.ts'
import { redeemPromoCode } from '#subscriptions/actions/redeem-promo-code.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A checkout's card was charged, or kept where nothing was due: the invoice is paid and the subscription begins. */
export async function completePaidCheckout(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { org } = context
  const subscription = await subscriptionOf(tx, org.id, attempt)
  assert(attempt.invoiceId, `${attempt.id} pays an invoice`)
  await redeemPromoCode(tx, context, subscription)
  await storeCard(tx, context, subscription, attempt)
  await endCheckout(tx, org.id, subscription.id, 'complete', context.now)
  const invoice = await finalise(tx, context, await payInvoice(tx, context, attempt.invoiceId))
  if (attempt.kind === 'charge') await tellReceived(tx, context, invoice, attempt)
  await activateSubscription(tx, context, subscription, invoice)
}

/** A trial's card was stored: the trial begins today. */
export async function completeTrialCheckout(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { org } = context
  const subscription = await subscriptionOf(tx, org.id, attempt)
  await redeemPromoCode(tx, context, subscription)
  await storeCard(tx, context, subscription, attempt)
  await endCheckout(tx, org.id, subscription.id, 'complete', context.now)
  const trialing = await startTrial(tx, context, subscription)
  const customer = (await findCustomersById(tx, org.id, [trialing.customerId])).get(trialing.customerId)
  await tellState(tx, context, trialing.customerId, 'trial_started')
  await recordEvent(tx, context, 'trial.started', trialing.customerId, {
    subscriptionId: trialing.id,
    customerId: customer ? publicCustomerId(customer) : trialing.customerId,
    status: trialing.status,
    planId: trialing.planId,
    planName: trialing.name,
    trialEndsAt: `${String(trialing.trialEndsOn)}T00:00:00.000Z`,
  })
  await queueMail(tx, context, trialing.customerId, 'subscription_started', {
    planName: trialing.name,
    renewsOn: null,
    trialEndsOn: trialing.trialEndsOn?.toString() ?? null,
    ...(await withdrawalFact(tx, context, trialing.id, trialing.customerId)),
  })
}

async function subscriptionOf(tx: Tx, orgId: string, attempt: Attempt): Promise<SubscriptionRecord> {
  assert(attempt.subscriptionId, `${attempt.id} belongs to a subscription`)
  const subscription = await lockSubscription(tx, orgId, attempt.subscriptionId)
  assert(subscription, `subscription ${attempt.subscriptionId} exists`)
  return subscription
}

/** Keeps the card of a checkout, `payment_method.attached`. */
export async function storeCard(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  attempt: Attempt,
): Promise<void> {
  const method = await attachMethod(tx, context, attempt)
  const customer = (await findCustomersById(tx, context.org.id, [attempt.customerId])).get(attempt.customerId)
  await recordEvent(tx, context, 'payment_method.attached', attempt.customerId, {
    subscriptionId: subscription.id,
    customerId: customer ? publicCustomerId(customer) : attempt.customerId,
    card: { brand: method.brand, last4: method.last4, expMonth: method.expMonth, expYear: method.expYear },
  })
}

/** The buyer's details are copied in as they were when the checkout was paid. */
export async function finalise(tx: Tx, { org }: Context, invoice: InvoiceRecord): Promise<InvoiceRecord> {
  const customer = (await findCustomersById(tx, org.id, [invoice.customerId])).get(invoice.customerId)
  assert(customer, `invoice ${invoice.id} has its customer`)
  return updateInvoice(tx, org.id, invoice.id, copiesOf(customer, invoice))
}
