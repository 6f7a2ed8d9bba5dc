import assert from 'node:assert/strict'
import { createCustomer } from '#customers/actions/create-customer.ts'
import { updateBillingDetails } from '#customers/actions/update-billing-details.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import { findCustomersById, lockCustomer } from '#customers/customers.store.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { type Confirmation, outcomeOf, refuseUnplaced, takeCard } from '#hosted/actions/confirm-checkout.ts'
import { typedEmail } from '#hosted/actions/typed-email.ts'
import type { ConfirmInput, Confirming } from '#hosted/hosted.contract.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { routeCheckout } from '#payments/actions/route-payment.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { taxOnPayment } from '#payments/actions/tax-on-payment.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findPaymentAttempt } from '#payments/attempts.store.ts'
import type { PaymentRoute } from '#payments/connection.ts'
import { hasExpired, type Payment, totalOf } from '#payments/payment.ts'
import { findMethodAt } from '#payments/payment-methods.store.ts'
import { findPayment, lockPayment, updatePayment } from '#payments/payments.store.ts'
import type { Payer } from '#payments/provider.ts'
import type { PaymentServices } from '#payments/services.ts'
import { invalidField, Problem } from '#problem.ts'

/**
 * Pays a payment link, in the stages of a checkout: the card becomes a token, the attempt is committed, the provider is asked,
 * the outcome is committed. Paying a paid link again succeeds and charges nothing.
 */
export async function confirmPayment(
  services: PaymentServices,
  context: Context,
  paymentId: string,
  input: Confirming,
): Promise<Confirmation> {
  const { db } = services
  const payment = await payable(db, context, paymentId)
  if (payment.status === 'succeeded') return { status: 'succeeded' }
  const customer = await knownCustomer(db, context, payment)
  // As the page was told before anything was typed: it has the fields of that provider and of no other.
  const route = await routeCheckout(db, context.org, payment, customer?.address?.country ?? null)
  const payer = await payerOf(db, context, payment, customer, route, input)
  const token = await takeCard(services, context, route, payer, input)
  const earlier = await findPaymentAttempt(db, context.org.id, payment.id)
  if (earlier && earlier.state !== 'failed') {
    const ended = await supersedeAction(services, context, earlier)
    if (ended.state === 'succeeded') return { status: 'succeeded' }
  }
  const attempt = await inTransaction(db, (tx) => record(tx, context, payment.id, input, route, token))
  if (attempt === 'dearer') {
    throw new Problem(
      'invalid_subscription_status',
      'With the tax of your address the total is higher than was shown. Nothing was charged. Look at the new total, then pay again.',
    )
  }
  return attempt ? outcomeOf(await performAttempt(services, context, attempt)) : { status: 'succeeded' }
}

async function payable(db: Db, { org, now }: Context, id: string): Promise<Payment> {
  const payment = await findPayment(db, org.id, id)
  if (payment?.kind !== 'link') throw new Problem('not_found', 'This payment link does not exist.')
  if (payment.status === 'canceled' || (payment.status !== 'succeeded' && hasExpired(payment, now))) {
    const why = payment.status === 'canceled' ? 'was canceled' : 'has expired'
    throw new Problem(
      'payment_not_found',
      `This payment link ${why}. Ask the seller for a new one; nothing was charged.`,
    )
  }
  return payment
}

async function knownCustomer(db: Db, { org }: Context, { customerId }: Payment): Promise<CustomerRecord | undefined> {
  return customerId === null ? undefined : (await findCustomersById(db, org.id, [customerId])).get(customerId)
}

async function payerOf(
  db: Db,
  { org }: Context,
  { id, customerId }: Payment,
  customer: CustomerRecord | undefined,
  { connectionId }: PaymentRoute,
  { email, fullName, address, taxDocument, identityNumber }: Confirming,
): Promise<Payer> {
  const known =
    connectionId === null || customerId === null ? undefined : await findMethodAt(db, org.id, customerId, connectionId)
  return {
    customerId: customerId ?? id,
    email: requireEmail(email ?? customer?.email),
    name: fullName,
    country: address.country,
    taxDocument: identityNumber ?? (taxDocument === undefined ? (customer?.taxDocument ?? null) : taxDocument),
    knownToken: known?.providerToken ?? null,
  }
}

function requireEmail(email: string | undefined): string {
  if (email === undefined) throw invalidField('email', 'Enter the email address in full, like name@example.com.')
  return email
}

// Null when it was paid meanwhile. Where the address that was typed brings more tax than was shown, that is committed and the customer
// asked again: nobody pays more than they have seen.
async function record(
  tx: Tx,
  context: Context,
  paymentId: string,
  input: Confirming,
  { provider, connectionId }: PaymentRoute,
  token: string,
): Promise<Attempt | 'dearer' | null> {
  const { org, now } = context
  const known = await payable(tx, context, paymentId)
  const customer = await customerOf(tx, context, known, input)
  const locked = await lockPayment(tx, org.id, paymentId)
  const payment = locked && (await payable(tx, context, locked.id))
  assert(payment, `${paymentId} exists`)
  if (payment.status === 'succeeded') return null
  const taxed = await taxOnPayment(tx, context, customer, payment.amountSubtotal)
  refuseUnplaced(taxed.tax)
  await updatePayment(tx, payment, { customerId: customer.id, provider, connectionId, ...taxed, updatedAt: now })
  const total = payment.amountSubtotal + taxed.taxAmount
  if (total > totalOf(payment)) return 'dearer'
  return beginAttempt(tx, context, {
    kind: 'charge',
    purpose: 'payment_link',
    customerId: customer.id,
    subscriptionId: null,
    invoiceId: null,
    checkoutId: null,
    paymentId: payment.id,
    paymentMethodId: null,
    provider,
    connectionId,
    token,
    offSession: false,
    amount: total,
    subtotal: payment.amountSubtotal,
    taxAmount: taxed.taxAmount,
    currency: payment.currency,
    customerEmail: customer.email,
    customerName: customer.fullName,
  })
}

// A link for nobody in particular makes its customer of whoever types first; further tries are theirs.
async function customerOf(
  tx: Tx,
  context: Context,
  { customerId }: Payment,
  { email, fullName, address, taxDocument }: ConfirmInput,
): Promise<CustomerRecord> {
  const details = { email, fullName, address: { ...address, region: null }, taxDocument }
  if (customerId !== null) {
    await lockCustomer(tx, context.org.id, customerId)
    const own = await typedEmail(tx, context.org.id, customerId, email)
    return updateBillingDetails(tx, context, customerId, { ...details, email: own })
  }
  const { customer } = await createCustomer(tx, context, {
    ownId: null,
    email: requireEmail(email),
    fullName,
    taxDocument: taxDocument ?? null,
    address: details.address,
    addressId: null,
    taxExemption: null,
    poNumber: null,
    timezone: null,
    metadata: null,
  })
  return customer
}
