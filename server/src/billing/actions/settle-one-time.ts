import assert from 'node:assert/strict'
import { mailSale } from '#billing/actions/mail-sale.ts'
import { tellReceived } from '#billing/actions/settle-payment.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { line } from '#invoicing/invoice-draft.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { units } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { attachMethod } from '#payments/actions/attach-method.ts'
import type { Attempt } from '#payments/attempt.ts'
import { nameInvoice } from '#payments/attempts.store.ts'
import { type Payment, toLinkEvent, totalOf } from '#payments/payment.ts'
import { lockPayment, updatePayment } from '#payments/payments.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A link or a single charge was paid: its invoice is issued and paid, and a link's card becomes the customer's. */
export async function completeOneTime(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { org, now } = context
  const payment = await paymentOf(tx, org.id, attempt)
  const issued = await issue(tx, context, payment, attempt)
  assert.equal(issued.total, attempt.amount, `${payment.id} is invoiced for what was charged`)
  const invoice = await payInvoice(tx, context, issued.id)
  await nameInvoice(tx, attempt, invoice.id)
  const changes = { status: 'succeeded', invoiceId: invoice.id, paidAt: now, updatedAt: now } as const
  const paid = await updatePayment(tx, payment, changes)
  if (payment.kind === 'link') await attachMethod(tx, context, attempt)
  await tellReceived(tx, context, invoice, attempt)
  await mailSale(tx, context, invoice, payment.description)
  if (payment.kind !== 'link') return
  await recordEvent(tx, context, 'payment_link.completed', attempt.customerId, {
    ...toLinkEvent(paid, await publicName(tx, org.id, attempt.customerId)),
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    paymentTransactionId: attempt.id,
  })
}

/** It was declined: a link may be tried again, with another card. */
export async function failOneTime(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { org, now } = context
  const payment = await paymentOf(tx, org.id, attempt)
  const failed = await updatePayment(tx, payment, { status: 'failed', updatedAt: now })
  if (payment.kind !== 'link') return
  await recordEvent(tx, context, 'payment_link.failed', attempt.customerId, {
    ...toLinkEvent(failed, await publicName(tx, org.id, attempt.customerId)),
    failureCode: attempt.failureCode ?? 'declined',
    failureMessage: attempt.failureMessage ?? 'The charge was declined.',
  })
}

async function paymentOf(tx: Tx, orgId: string, { id, paymentId }: Attempt): Promise<Payment> {
  const payment = paymentId === null ? undefined : await lockPayment(tx, orgId, paymentId)
  assert(payment, `${id} pays a payment`)
  return payment
}

async function issue(tx: Tx, context: Context, payment: Payment, attempt: Attempt): Promise<InvoiceRecord> {
  const { org, today } = context
  const customer = (await findCustomersById(tx, org.id, [attempt.customerId])).get(attempt.customerId)
  assert(customer, `${attempt.customerId} exists`)
  const price = totalOf(payment) - payment.taxAmount
  const { description } = payment
  const paid = { lineType: 'one_time', description, quantity: units(1), unitAmount: price, amount: price } as const
  return issueInvoice(tx, context, {
    type: 'one_time_payment',
    cause: null,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: attempt.subscriptionId,
    windowNumber: null,
    currency: payment.currency,
    planName: null,
    periodStart: today,
    periodEnd: today,
    lines: [line({ ...paid, startsOn: today, endsOn: today })],
    tax: payment.tax,
    finalFor: customer,
  })
}

async function publicName(tx: Tx, orgId: string, customerId: string): Promise<string> {
  const customer = (await findCustomersById(tx, orgId, [customerId])).get(customerId)
  return customer ? publicCustomerId(customer) : customerId
}
