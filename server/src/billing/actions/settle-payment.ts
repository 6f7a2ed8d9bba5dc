import assert from 'node:assert/strict'
import { findCustomersById, publicCustomerId } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { type SubscriptionRecord, updateSubscription } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type Payment = {
  readonly invoice: InvoiceRecord
  /** Null when nothing had to be charged. */
  readonly attempt: Attempt | null
  /** The locked subscription the invoice is of. */
  readonly subscription: SubscriptionRecord | undefined
}

/**
 * What a paid invoice of a running subscription brings about: `payment.received` when money moved, and
 * `subscription.activated` when it is the first one ever (a trial's end). Called in the transaction that paid the invoice.
 */
export async function settlePayment(tx: Tx, context: Context, payment: Payment): Promise<void> {
  const { invoice, attempt, subscription } = payment
  const { org, now } = context
  assert(invoice.status === 'paid', `invoice ${invoice.id} is paid`)
  if (attempt) await tellReceived(tx, context, invoice, attempt)
  if (!subscription || subscription.activatedAt !== null || subscription.status === 'canceled') return
  const activated = await updateSubscription(tx, org.id, subscription.id, { activatedAt: now, updatedAt: now })
  await tellActivated(tx, context, activated, invoice)
}

/** `payment.received`, for every settled charge. */
export async function tellReceived(tx: Tx, context: Context, invoice: InvoiceRecord, attempt: Attempt): Promise<void> {
  const customerId = await publicIdOf(tx, context.org.id, invoice.customerId)
  await recordEvent(tx, context, 'payment.received', invoice.customerId, {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    customerId,
    subscriptionId: invoice.subscriptionId,
    paymentTransactionId: attempt.id,
    provider: attempt.provider,
    grossAmount: Number(attempt.amount),
    currency: attempt.currency,
    orgNetAmount: Number(attempt.subtotal),
    customerEmail: attempt.customerEmail,
    paidAt: context.now.toString({ smallestUnit: 'millisecond' }),
  })
}

/** `subscription.activated`, once in a subscription's lifetime, and the customer's state before it. */
export async function tellActivated(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
): Promise<void> {
  await tellState(tx, context, subscription.customerId, 'subscription_activated')
  await recordEvent(tx, context, 'subscription.activated', subscription.customerId, {
    subscriptionId: subscription.id,
    customerId: await publicIdOf(tx, context.org.id, subscription.customerId),
    status: subscription.status,
    ...(subscription.periodStart ? { currentPeriodStart: startOf(subscription.periodStart) } : {}),
    ...(subscription.periodEnd ? { currentPeriodEnd: startOf(subscription.periodEnd) } : {}),
    name: subscription.name,
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    invoiceCurrency: invoice.currency,
    provider: subscription.provider,
  })
}

async function publicIdOf(tx: Tx, orgId: string, customerId: string): Promise<string> {
  const customer = (await findCustomersById(tx, orgId, [customerId])).get(customerId)
  return customer ? publicCustomerId(customer) : customerId
}

function startOf(day: Temporal.PlainDate): string {
  return `${day.toString()}T00:00:00.000Z`
}
