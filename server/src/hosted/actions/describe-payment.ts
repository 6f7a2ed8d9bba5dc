import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import type { CheckoutView } from '#hosted/actions/describe-checkout.ts'
import { clockOf } from '#hosted/actions/describe-clock.ts'
import { actionOf, providerFacts } from '#hosted/actions/describe-provider.ts'
import { isEmailFixed } from '#hosted/actions/typed-email.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findPaymentAttempt } from '#payments/attempts.store.ts'
import { hasExpired, type Payment, totalOf } from '#payments/payment.ts'
import { taxOnAmount } from '#tax/tax-on-lines.ts'
import { percentageOf } from '#tax/tax-rate.ts'

/** A payment link as its page and its API describe it: the same shape as a checkout with one line and nothing after it. */
export async function describePayment(
  db: Db,
  context: Context,
  payment: Payment,
  actionUrl: (attempt: Attempt) => string,
): Promise<CheckoutView> {
  const { org } = context
  const attempt = await findPaymentAttempt(db, org.id, payment.id)
  const { customerId, invoiceId } = payment
  const customer = customerId === null ? undefined : (await findCustomersById(db, org.id, [customerId])).get(customerId)
  const organisation = await findOrganisation(db, org.organisationId)
  const invoice = invoiceId === null ? undefined : await findInvoice(db, org.id, invoiceId)
  const status = statusOf(context, payment, attempt)
  const price = payment.amountSubtotal
  const { line1, line2, city, state, postalCode, country } = customer?.address ?? {}
  return {
    object: 'checkout',
    livemode: org.livemode,
    status,
    kind: 'payment',
    page: 'pay',
    occasion: 'new',
    organisation: { name: organisation?.name ?? '' },
    plan: { name: payment.description, description: null, billingInterval: null },
    customer: {
      email: customer?.email ?? '',
      isEmailFixed: customer !== undefined && (await isEmailFixed(db, org.id, customer.id)),
      fullName: customer?.fullName ?? null,
      taxDocument: customer?.taxDocument ?? null,
      address:
        line1 === undefined || city === undefined || postalCode === undefined || country === undefined
          ? null
          : { line1, line2: line2 ?? null, city, state: state ?? null, postalCode, country },
    },
    taxDocumentIgnored: false,
    currency: payment.currency,
    lines: [{ lineType: 'one_time', description: payment.description, quantity: 1, unitAmount: price, amount: price }],
    subtotal: price,
    discountAmount: 0n,
    taxAmount: payment.taxAmount,
    taxes: payment.tax.rates.map(({ name, rate }) => {
      return { name, percentage: percentageOf(rate), amount: taxOnAmount(price, [{ name, rate }]) }
    }),
    taxTreatment: payment.tax.treatment,
    total: totalOf(payment),
    renewal: null,
    trial: null,
    ...(await providerFacts(db, org, payment, customer?.address?.country ?? null, {
      total: totalOf(payment),
      currency: payment.currency,
      attempt,
    })),
    successUrl: payment.successUrl,
    clock: clockOf(context),
    action: status === 'requires_action' && attempt ? actionOf(attempt, actionUrl) : null,
    withdrawal: null,
    receipt:
      status === 'complete'
        ? {
            invoiceNumber: invoice?.number ?? null,
            paidAt: (payment.paidAt ?? payment.updatedAt).toString({ smallestUnit: 'millisecond' }),
            total: totalOf(payment),
            card: attempt?.card ? { brand: attempt.card.brand, last4: attempt.card.last4 } : null,
            nextChargeOn: null,
          }
        : null,
  }
}

function statusOf({ now }: Context, payment: Payment, attempt: Attempt | undefined): CheckoutView['status'] {
  if (payment.status === 'succeeded') return 'complete'
  if (payment.status === 'canceled') return 'canceled'
  if (attempt?.state === 'requires_action') return 'requires_action'
  if (attempt?.state === 'started') return 'processing'
  return hasExpired(payment, now) ? 'expired' : 'open'
}
