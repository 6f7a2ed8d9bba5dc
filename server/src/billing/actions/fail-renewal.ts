import assert from 'node:assert/strict'
import { changeAccess } from '#billing/actions/change-access.ts'
import { dropUnpaidAddons } from '#billing/actions/drop-unpaid-addons.ts'
import { exhaustRetries } from '#billing/actions/exhaust-retries.ts'
import { isExhausted } from '#billing/dunning.ts'
import { nextDue } from '#billing/next-due.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { queueMail } from '#mail/outbox.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { countDeclines } from '#payments/attempt-lists.store.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** What providers say when the bank wants the customer to confirm a charge that was made without them. */
const asksTheCustomer = 'authentication_required'

export type PaymentFailure = { readonly code: string; readonly message: string }

/**
 * A renewal's charge was declined: the invoice stays outstanding. The first time the subscription becomes past_due, keeps its
 * access and is tried again by the calendar of dunning.ts; the last time it ends (billing.md, Dunning). Final invoices of
 * subscriptions that ended are not tried again; a free plan loses the add-ons that were not paid for.
 */
export async function failRenewal(
  tx: Tx,
  context: Context,
  invoice: InvoiceRecord,
  failure: PaymentFailure,
): Promise<void> {
  const { org } = context
  assert(invoice.subscriptionId, `invoice ${invoice.id} renews a subscription`)
  const subscription = await lockSubscription(tx, org.id, invoice.subscriptionId)
  const customer = (await findCustomersById(tx, org.id, [invoice.customerId])).get(invoice.customerId)
  assert(subscription && customer, `invoice ${invoice.id} has its subscription and customer`)
  const isFree = subscription.priceId === null
  await recordEvent(tx, context, 'payment.failed', customer.id, {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    customerId: publicCustomerId(customer),
    subscriptionId: subscription.id,
    failureCode: failure.code,
    failureMessage: failure.message,
    recoveryUrl: subscription.status === 'canceled' || isFree ? null : context.links.recovery(org.id, subscription.id),
  })
  const { firstDeclinedAt, retries, declinedInvoiceId } = subscription
  const isDunned = subscription.status === 'past_due' && firstDeclinedAt !== null && declinedInvoiceId === invoice.id
  if (isDunned && isExhausted({ firstDeclinedAt, retries })) {
    await exhaustRetries(tx, context, subscription, customer, invoice)
    return
  }
  const isFirst = subscription.status === 'active' && !isFree
  await mailFailure(
    tx,
    context,
    isFirst ? declinedNow(subscription, invoice, context.now) : subscription,
    invoice,
    failure,
  )
  if (isFree && invoice.type === 'recurring') await dropUnpaidAddons(tx, context, subscription, customer, invoice)
  if (isFirst) await beginDunning(tx, context, subscription, customer, invoice)
}

/** How the subscription stands after its first decline. */
function declinedNow(subscription: SubscriptionRecord, invoice: InvoiceRecord, now: Temporal.Instant) {
  const declined = { status: 'past_due', firstDeclinedAt: now, retries: 0, declinedInvoiceId: invoice.id } as const
  const standing = { ...subscription, ...declined }
  return { ...standing, dueAt: nextDue(standing, now) }
}

async function mailFailure(
  tx: Tx,
  context: Context,
  { id, name, status, dueAt }: SubscriptionRecord,
  invoice: InvoiceRecord,
  failure: PaymentFailure,
): Promise<void> {
  const isTriedAgain = status === 'past_due'
  const recoveryUrl = isTriedAgain ? context.links.recovery(context.org.id, id) : null
  const about = {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    amount: invoice.total.toString(),
    currency: invoice.currency,
    planName: name,
  }
  // A bank that asks is no refusal: the first time the customer is told what to do, once for each invoice.
  if (recoveryUrl && (await isFirstAsked(tx, context, invoice, failure))) {
    await queueMail(tx, context, invoice.customerId, 'action_needed', { ...about, actionUrl: recoveryUrl })
    return
  }
  await queueMail(tx, context, invoice.customerId, 'payment_failed', {
    ...about,
    declineCode: failure.code,
    recoveryUrl,
    nextRetryAt: isTriedAgain && dueAt ? dueAt.toString() : null,
  })
}

async function isFirstAsked(
  tx: Tx,
  { org }: Context,
  { id }: InvoiceRecord,
  { code }: PaymentFailure,
): Promise<boolean> {
  if (code !== asksTheCustomer) return false
  return (await countDeclines(tx, org.id, { invoiceId: id, failureCode: asksTheCustomer })) <= 1
}

async function beginDunning(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  invoice: InvoiceRecord,
): Promise<void> {
  const { org, now } = context
  const { status, firstDeclinedAt, retries, declinedInvoiceId, dueAt } = declinedNow(subscription, invoice, now)
  const declined = { status, firstDeclinedAt, retries, declinedInvoiceId, dueAt }
  await changeAccess(tx, org.id, subscription.id, { ...declined, updatedAt: now })
  await tellState(tx, context, customer.id, 'past_due')
  await recordEvent(tx, context, 'subscription.past_due', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    status: 'past_due',
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
  })
}
