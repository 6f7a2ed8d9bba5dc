import assert from 'node:assert/strict'
import { mailSale } from '#billing/actions/mail-sale.ts'
import { withdrawalFact, withdrawalFactFor } from '#billing/actions/offer-withdrawal.ts'
import { recover } from '#billing/actions/recover.ts'
import { findCustomersById, publicCustomerId } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { NewMail } from '#mail/mail.store.ts'
import { queueMail, queueMails } from '#mail/outbox.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { findSettings } from '#organisations/settings.store.ts'
import type { Attempt } from '#payments/attempt.ts'
import { type SubscriptionRecord, updateSubscription } from '#subscriptions/subscriptions.store.ts'
import { isPurchase } from '#subscriptions/withdrawal.ts'
import { findFailedInvoices } from '#webhooks/events.store.ts'
import { type Happening, recordEvent, recordEvents } from '#webhooks/outbox.ts'

export type Payment = {
  readonly invoice: InvoiceRecord
  /** Null when nothing had to be charged. */
  readonly attempt: Attempt | null
  /** The locked subscription the invoice is of. */
  readonly subscription: SubscriptionRecord | undefined
}

/**
 * What paid invoices of running subscriptions, each of another, bring about: `payment.received` when money moved, and
 * `subscription.activated` when it is the first one ever (a trial's end), `payment.recovered` where it had failed, and the end of
 * being past due. Called in the transaction that paid the invoices.
 */
export async function settlePayments(tx: Tx, context: Context, payments: readonly Payment[]): Promise<void> {
  const { org, now } = context
  for (const { invoice } of payments) assert(invoice.status === 'paid', `invoice ${invoice.id} is paid`)
  await tellAllReceived(
    tx,
    context,
    payments.flatMap(({ invoice, attempt }) => (attempt ? [{ invoice, attempt }] : [])),
  )
  const failed = await findFailedInvoices(
    tx,
    org.id,
    payments.map(({ invoice }) => invoice.id),
  )
  for (const { invoice, subscription: before } of payments) {
    const subscription = before && (await recover(tx, context, before, { invoice, hasFailed: failed.has(invoice.id) }))
    if (!subscription || subscription.activatedAt !== null || subscription.status === 'canceled') continue
    const activated = await updateSubscription(tx, org.id, subscription.id, { activatedAt: now, updatedAt: now })
    await tellActivated(tx, context, activated, invoice)
  }
}

type Received = { readonly invoice: InvoiceRecord; readonly attempt: Attempt }

/** `payment.received` and a receipt, for every settled charge. */
export function tellReceived(tx: Tx, context: Context, invoice: InvoiceRecord, attempt: Attempt): Promise<void> {
  return tellAllReceived(tx, context, [{ invoice, attempt }])
}

async function tellAllReceived(tx: Tx, context: Context, received: readonly Received[]): Promise<void> {
  const customers = await findCustomersById(
    tx,
    context.org.id,
    received.map(({ invoice }) => invoice.customerId),
  )
  const happenings = received.map(({ invoice, attempt }): Happening => {
    const customer = customers.get(invoice.customerId)
    const customerId = customer ? publicCustomerId(customer) : invoice.customerId
    return {
      type: 'payment.received',
      customerId: invoice.customerId,
      data: {
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
      },
    }
  })
  await recordEvents(tx, context, happenings)
  // What pays for a subscription is withdrawn from with it: its first mail has the way.
  const hasPurchase = received.some(({ invoice }) => isPurchase(invoice.type))
  const offersWithdrawal = hasPurchase && (await findSettings(tx, context.org.id)).withdrawalEnabled
  const receipts = received.map(({ invoice, attempt }): NewMail => {
    const facts = {
      invoiceId: invoice.id,
      invoiceNumber: invoice.number,
      amount: attempt.amount.toString(),
      currency: attempt.currency,
      ...(offersWithdrawal && isPurchase(invoice.type)
        ? withdrawalFactFor(context, invoice.id, customers.get(invoice.customerId))
        : {}),
    }
    return { customerId: invoice.customerId, content: { kind: 'receipt', facts } }
  })
  await queueMails(tx, context, receipts)
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
  await mailSale(tx, context, invoice, subscription.name)
  const planName = subscription.name
  const renewsOn = subscription.periodEnd?.toString() ?? null
  if (subscription.trialEndsOn) {
    const cost = { amount: invoice.total.toString(), currency: invoice.currency }
    await queueMail(tx, context, subscription.customerId, 'trial_converted', { planName, renewsOn, ...cost })
  } else {
    const way = await withdrawalFact(tx, context, subscription.id, subscription.customerId)
    const begun = { planName, renewsOn, trialEndsOn: null, ...way }
    await queueMail(tx, context, subscription.customerId, 'subscription_started', begun)
  }
}

async function publicIdOf(tx: Tx, orgId: string, customerId: string): Promise<string> {
  const customer = (await findCustomersById(tx, orgId, [customerId])).get(customerId)
  return customer ? publicCustomerId(customer) : customerId
}

function startOf(day: Temporal.PlainDate): string {
  return `${day.toString()}T00:00:00.000Z`
}
