import assert from 'node:assert/strict'
import type * as z from 'zod'
import type { Plan } from '#catalogue/plan.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { clockOf } from '#hosted/actions/describe-clock.ts'
import { actionOf, providerFacts } from '#hosted/actions/describe-provider.ts'
import { describeRenewal } from '#hosted/actions/describe-renewal.ts'
import { describeWithdrawal } from '#hosted/actions/describe-withdrawals.ts'
import { isEmailFixed } from '#hosted/actions/typed-email.ts'
import { type CheckoutRecord, findCheckout } from '#hosted/checkouts.store.ts'
import type { Checkout, CheckoutOccasion } from '#hosted/hosted.contract.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { linesOf } from '#invoicing/invoice-lines.store.ts'
import { taxesOf } from '#invoicing/invoice-taxes.store.ts'
import { findInvoice, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import { quantityToNumber } from '#money/quantity.ts'
import type { Context, Org } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import { routeCheckout } from '#payments/actions/route-payment.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findCheckoutAttempt } from '#payments/attempts.store.ts'
import type { PaymentRoute } from '#payments/connection.ts'
import { afterOfferedChange } from '#subscriptions/actions/after-offered-change.ts'
import type { Priced } from '#subscriptions/actions/price-checkout.ts'
import { findSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import type { PlacedTax } from '#tax/tax-on-lines.ts'
import { percentageOf } from '#tax/tax-rate.ts'

export type CheckoutView = z.output<typeof Checkout>

type Facts = {
  readonly context: Context
  readonly checkout: CheckoutRecord
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  readonly plan: Plan
  readonly invoice: InvoiceRecord | null
  readonly attempt: Attempt | undefined
}

/**
 * A checkout as its page and its API describe it, at the price of this moment when it was `quoted`. `actionUrl` gives the address of
 * an attempt's authentication step.
 */
export async function describeCheckout(
  db: Db,
  context: Context,
  checkout: CheckoutRecord,
  actionUrl: (attempt: Attempt) => string,
  quoted: Priced | null = null,
): Promise<CheckoutView> {
  const stored = await gather(db, context, checkout)
  const facts = quoted ? { ...stored, subscription: quoted.subscription, invoice: quoted.invoice } : stored
  const { subscription, customer, plan, invoice, attempt } = facts
  const lines = quoted?.lines ?? (await storedLines(db, context, invoice))
  const taxes = quoted?.taxes ?? (await storedTaxes(db, context, invoice))
  const organisation = await findOrganisation(db, context.org.organisationId)
  const renewal = await describeRenewal(db, context, {
    ...{ checkout, subscription, lines },
    reactivation: occasionOf(facts) === 'reactivation' ? invoice : null,
    rates: quoted?.tax?.rates ?? taxes,
  })
  return {
    object: 'checkout',
    livemode: context.org.livemode,
    status: statusOf(checkout, attempt),
    kind: shownKind(checkout, invoice),
    page: 'checkout',
    occasion: occasionOf(facts),
    organisation: { name: organisation?.name ?? '' },
    plan: { name: plan.name, description: plan.description, billingInterval: subscription.billingInterval },
    customer: {
      email: customer.email,
      isEmailFixed: await isEmailFixed(db, context.org.id, customer.id),
      fullName: customer.fullName,
      taxDocument: customer.taxDocument,
      address: addressOf(customer),
    },
    taxDocumentIgnored: false,
    currency: subscription.currency,
    lines: lines.map((line) => ({ ...line, quantity: quantityToNumber(line.quantity) })),
    subtotal: invoice?.subtotal ?? 0n,
    discountAmount: invoice?.discountAmount ?? 0n,
    taxAmount: invoice?.taxAmount ?? 0n,
    taxes: taxes.map(({ name, rate, amount }) => ({ name, percentage: percentageOf(rate), amount })),
    taxTreatment: invoice?.taxTreatment ?? null,
    total: invoice?.total ?? 0n,
    renewal,
    trial: trialOf(facts),
    ...(await providerFacts(db, context.org, subscription, customer.address?.country ?? null, {
      total: invoice?.total ?? 0n,
      currency: subscription.currency,
      attempt,
    })),
    successUrl: checkout.successUrl,
    clock: clockOf(context),
    action: attempt?.state === 'requires_action' && checkout.status === 'open' ? actionOf(attempt, actionUrl) : null,
    withdrawal: await withdrawalOf(db, facts),
    receipt: receiptOf(facts, renewal),
  }
}

/** Where a checkout takes its card. */
export async function routeOf(db: Db, org: Org, checkoutId: string): Promise<PaymentRoute> {
  const checkout = await findCheckout(db, org.id, checkoutId)
  const subscription = checkout && (await findSubscription(db, org.id, checkout.subscriptionId))
  assert(subscription, `checkout ${checkoutId} has a subscription`)
  const customer = (await findCustomersById(db, org.id, [subscription.customerId])).get(subscription.customerId)
  return routeCheckout(db, org, subscription, customer?.address?.country ?? null)
}

async function gather(db: Db, context: Context, checkout: CheckoutRecord): Promise<Facts> {
  const orgId = context.org.id
  const running = await findSubscription(db, orgId, checkout.subscriptionId)
  assert(running, `checkout ${checkout.id} has a subscription`)
  const subscription = await afterChange(db, orgId, checkout, running)
  const customer = (await findCustomersById(db, orgId, [subscription.customerId])).get(subscription.customerId)
  const plan = (await findPlansById(db, orgId, [subscription.planId])).get(subscription.planId)
  assert(customer && plan, `checkout ${checkout.id} has a customer and a plan`)
  const invoice = checkout.invoiceId === null ? null : ((await findInvoice(db, orgId, checkout.invoiceId)) ?? null)
  return {
    context,
    checkout,
    subscription,
    customer,
    plan,
    invoice,
    attempt: await findCheckoutAttempt(db, orgId, checkout.id),
  }
}

// A free customer's checkout is about the plan they change to, before and after it is paid.
async function afterChange(
  db: Db,
  orgId: string,
  { kind, invoiceId }: CheckoutRecord,
  running: SubscriptionRecord,
): Promise<SubscriptionRecord> {
  if (kind !== 'plan_change' || invoiceId === null) return running
  return (await afterOfferedChange(db, orgId, running, invoiceId))?.subscription ?? running
}

async function storedLines(db: Db, { org }: Context, invoice: InvoiceRecord | null): Promise<readonly DraftLine[]> {
  return invoice ? ((await linesOf(db, org.id, [invoice.id])).get(invoice.id) ?? []) : []
}

async function storedTaxes(db: Db, { org }: Context, invoice: InvoiceRecord | null): Promise<readonly PlacedTax[]> {
  return invoice ? ((await taxesOf(db, org.id, [invoice.id])).get(invoice.id) ?? []) : []
}

function statusOf(checkout: CheckoutRecord, attempt: Attempt | undefined): CheckoutView['status'] {
  if (checkout.status !== 'open') return checkout.status
  if (attempt?.state === 'requires_action') return 'requires_action'
  return attempt?.state === 'started' ? 'processing' : 'open'
}

// To the customer it is a payment when there is something to pay: what that is may change with a code.
function shownKind({ kind }: CheckoutRecord, invoice: InvoiceRecord | null): CheckoutView['kind'] {
  if (kind === 'trial') return 'trial'
  if (kind === 'method_update' || !invoice) return 'setup'
  return invoice.total > 0n ? 'payment' : 'setup'
}

function occasionOf({ checkout, invoice, subscription }: Facts): CheckoutOccasion {
  if (checkout.kind === 'method_update') return subscription.priceId === null ? 'card_kept' : 'method_update'
  if (checkout.kind !== 'recovery') return 'new'
  if (invoice?.type === 'reactivation') return 'reactivation'
  return subscription.status === 'canceled' ? 'unpaid' : 'past_due'
}

function addressOf({ address }: CustomerRecord): CheckoutView['customer']['address'] {
  if (!address) return null
  const { line1, line2, city, state, postalCode, country } = address
  return { line1, line2, city, state, postalCode, country }
}

function trialOf({ context, checkout, subscription }: Facts): CheckoutView['trial'] {
  if (checkout.kind !== 'trial') return null
  return {
    days: subscription.trialDays,
    endsOn: subscription.trialEndsOn ?? context.today.add({ days: subscription.trialDays }),
  }
}

function receiptOf({ checkout, invoice, attempt }: Facts, renewal: CheckoutView['renewal']): CheckoutView['receipt'] {
  if (checkout.status !== 'complete') return null
  return {
    invoiceNumber: invoice?.number ?? null,
    paidAt: (checkout.completedAt ?? checkout.createdAt).toString({ smallestUnit: 'millisecond' }),
    total: invoice?.total ?? 0n,
    card: attempt?.card ? { brand: attempt.card.brand, last4: attempt.card.last4 } : null,
    nextChargeOn: renewal?.on ?? null,
  }
}

// Paying what is owed or changing the card concludes nothing.
async function withdrawalOf(db: Db, { context, checkout }: Facts): Promise<CheckoutView['withdrawal']> {
  if (checkout.status !== 'complete' || checkout.completedAt === null) return null
  return describeWithdrawal(db, context, checkout.subscriptionId, checkout.completedAt)
}
