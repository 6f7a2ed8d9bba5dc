import { publicCustomerId } from '#customers/customer.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { refuseSmall, requireCustomer } from '#payments/actions/create-payment-link.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { taxOnPayment } from '#payments/actions/tax-on-payment.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findPaymentAttempt } from '#payments/attempts.store.ts'
import { type Payment, totalOf } from '#payments/payment.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { findPayment, findPaymentBegunBy, insertPayment, type PaymentRequest } from '#payments/payments.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import { findLiveSubscription } from '#subscriptions/subscriptions.store.ts'
import { utcDay } from '#time/period.ts'

export type ChargeInput = {
  readonly customerId: string
  readonly amount: bigint
  readonly currency: string
  readonly description: string
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Charges a customer's stored card once, or goes on with what the same request began before. 404 customer_not_found, 409
 * subscription_required and no_payment_method, 402 payment_failed with the failed payment on record, 409 charge_in_progress
 * while nobody knows.
 */
export async function chargeCustomer(
  services: PaymentServices,
  context: Context,
  input: ChargeInput,
): Promise<Payment> {
  const request = { key: context.idempotency, at: services.machineNow() }
  const { payment, attempt } = await inTransaction(services.db, (tx) => begin(tx, context, input, request))
  // Dated as if nothing had come between; the provider knows the attempt and charges it once.
  const then = { ...context, now: attempt.createdAt, today: utcDay(attempt.createdAt) }
  const ended = attempt.state === 'started' ? await performAttempt(services, then, attempt) : attempt
  if (ended.state === 'failed') {
    throw new Problem('payment_failed', ended.failureMessage ?? 'The charge was declined.', {
      details: { paymentId: payment.id, declineCode: ended.failureCode },
    })
  }
  if (ended.state === 'started' || ended.state === 'requires_action')
    throw new Problem(
      'charge_in_progress',
      'The payment provider has not answered yet. Look at the payment in a minute.',
    )
  return (await findPayment(services.db, context.org.id, payment.id)) ?? payment
}

async function begin(
  tx: Tx,
  context: Context,
  input: ChargeInput,
  request: PaymentRequest,
): Promise<{ payment: Payment; attempt: Attempt }> {
  const { org, now } = context
  const begun = await findPaymentBegunBy(tx, org.id, request)
  const earlier = begun && (await findPaymentAttempt(tx, org.id, begun.id))
  if (begun && earlier) return { payment: begun, attempt: earlier }
  refuseSmall(input)
  const customer = await requireCustomer(tx, org.id, input.customerId)
  const subscription = await findLiveSubscription(tx, org.id, customer.id)
  if (!subscription || !['active', 'trialing', 'past_due'].includes(subscription.status))
    throw new Problem('subscription_required', 'Only a customer with a running subscription can be charged.')
  const method = await findDefaultMethod(tx, org.id, customer.id)
  if (!method) throw new Problem('no_payment_method', 'The customer has no stored payment method to charge.')
  const { provider, connectionId } = method
  const taxed = await taxOnPayment(tx, context, customer, input.amount)
  const payment = await insertPayment(
    tx,
    org.id,
    {
      id: newId('pay'),
      kind: 'charge',
      status: 'pending',
      customerId: customer.id,
      subscriptionId: subscription.id,
      provider,
      connectionId,
      amountSubtotal: input.amount,
      ...taxed,
      currency: input.currency,
      description: input.description,
      metadata: input.metadata ?? null,
      successUrl: null,
      expiresAt: null,
      createdAt: now,
    },
    request,
  )
  const attempt = await beginAttempt(tx, context, {
    kind: 'charge',
    purpose: 'payment_charge',
    customerId: customer.id,
    subscriptionId: subscription.id,
    invoiceId: null,
    checkoutId: null,
    paymentId: payment.id,
    paymentMethodId: method.id,
    provider,
    connectionId,
    token: method.providerToken,
    offSession: true,
    amount: totalOf(payment),
    subtotal: input.amount,
    taxAmount: payment.taxAmount,
    currency: input.currency,
    customerEmail: customer.email,
    customerName: customer.fullName ?? publicCustomerId(customer),
  })
  return { payment, attempt }
}
