import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import { resolveCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { currency, minimumCharge } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import { routePayment } from '#payments/actions/route-payment.ts'
import { taxOnPayment } from '#payments/actions/tax-on-payment.ts'
import { type Payment, toLinkEvent } from '#payments/payment.ts'
import { insertPayment } from '#payments/payments.store.ts'
import { invalidField, Problem } from '#problem.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type LinkInput = {
  readonly amount: bigint
  readonly currency: string
  readonly description: string
  readonly customerId?: string | undefined
  readonly successUrl?: string | undefined
  readonly expiresAt?: Temporal.Instant | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** Makes a link that is paid once (payments.md, Payments resource). 422 below the minimum charge, 404 customer_not_found. */
export async function createPaymentLink(tx: Tx, context: Context, input: LinkInput): Promise<Payment> {
  const { org, now } = context
  refuseSmall(input)
  const customer = input.customerId === undefined ? null : await requireCustomer(tx, org.id, input.customerId)
  if (input.expiresAt && Temporal.Instant.compare(input.expiresAt, now) <= 0)
    throw invalidField('expiresAt', 'Must be in the future.')
  const route = await routePayment(tx, org, { country: customer?.address?.country ?? null })
  const taxed = await taxOnPayment(tx, context, customer, input.amount)
  const payment = await insertPayment(tx, org.id, {
    ...route,
    ...taxed,
    id: newId('pay'),
    kind: 'link',
    status: 'pending',
    customerId: customer?.id ?? null,
    subscriptionId: null,
    amountSubtotal: input.amount,
    currency: input.currency,
    description: input.description,
    metadata: input.metadata ?? null,
    successUrl: input.successUrl ?? null,
    expiresAt: input.expiresAt ?? null,
    createdAt: now,
  })
  const told = toLinkEvent(payment, customer && publicCustomerId(customer))
  await recordEvent(tx, context, 'payment_link.created', payment.customerId, told)
  return payment
}

/** Refuses amounts below the currency's minimum charge. */
export function refuseSmall(asked: { readonly amount: bigint; readonly currency: string }): void {
  const minimum = minimumCharge(currency(asked.currency))
  if (asked.amount < minimum)
    throw invalidField('amount', `Must be at least ${minimum} minor units of ${asked.currency}.`)
}

/** The customer a payment is for; 404 `customer_not_found`. */
export async function requireCustomer(tx: Tx, orgId: string, reference: string): Promise<CustomerRecord> {
  const customer = await resolveCustomer(tx, orgId, reference)
  if (customer) return customer
  throw new Problem('customer_not_found', `There is no customer ${reference}.`, { param: 'customerId' })
}
