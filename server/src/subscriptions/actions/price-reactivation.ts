import { heldInAdvance } from '#billing/actions/held-lines.ts'
import { planBase } from '#billing/charges/plan-base.ts'
import { missingRegionalPrice } from '#catalogue/actions/convert-amount.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { findPriceByInterval } from '#catalogue/prices.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { localiseInRegion } from '#catalogue/regional-prices.store.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { quoteInvoice } from '#invoicing/actions/quote-invoice.ts'
import { repriceInvoice } from '#invoicing/actions/reprice-invoice.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { findInvoicesOfSubscription, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import { listedOf } from '#invoicing/line-basis.ts'
import { lastCountedWindow } from '#metering/counters.store.ts'
import type { Context } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { firstWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What a reactivation sells today; `price` null on free plans. */
export type Sold = { readonly plan: Plan; readonly price: PlanPrice | null }

/** What is sold of the plan a subscription was on: undefined when it is hidden or deleted, or its interval has no price. */
export async function findSold(
  db: Db,
  { org }: Context,
  { planId, priceId, billingInterval }: SubscriptionRecord,
): Promise<Sold | undefined> {
  const plan = (await findPlansById(db, org.id, [planId])).get(planId)
  if (!plan || plan.deletedAt !== null || !plan.isPublic) return undefined
  if (priceId === null || billingInterval === null) return { plan, price: null }
  const price = await findPriceByInterval(db, org.id, planId, billingInterval)
  return price && { plan, price }
}

/** The period a reactivation begins, if it is today: windows that were counted in before keep their numbers. */
export async function windowFromToday(
  db: Db,
  { org, today }: Context,
  { id, billingInterval, priceId, windowNumber }: SubscriptionRecord,
): Promise<WindowPlan> {
  const last = Math.max(windowNumber, await lastCountedWindow(db, org.id, id))
  return firstWindow({ on: today, billingInterval, isFree: priceId === null, trialDays: 0 }, last + 1)
}

/**
 * The invoice of a reactivation at today's price (subscriptions.md, Reactivating): the one of an earlier try is priced anew, a
 * fresh one is issued where there is none. 409 plan_unavailable, charge_in_progress while it is being paid; 400
 * missing_regional_price when the plan has no price in the subscription's currency any more.
 */
export async function invoiceReactivation(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<InvoiceRecord> {
  const sold = await findSold(tx, context, subscription)
  if (!sold) throw planUnavailable(subscription)
  const { plan } = sold
  const window = await windowFromToday(tx, context, subscription)
  const lines = await linesOfReactivation(tx, context, subscription, sold, window)
  const head = {
    planName: plan.name,
    periodStart: window.periodStart,
    periodEnd: window.periodEnd ?? window.endsOn,
    lines,
  }
  const earlier = await findReactivation(tx, context, subscription.id)
  if (earlier) {
    await refuseWhilePaid(tx, context, earlier)
    return repriceInvoice(tx, context, earlier, head)
  }
  return issueInvoice(tx, context, {
    ...head,
    type: 'reactivation',
    cause: null,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: window.number,
    currency: subscription.currency,
    // Priced anew by each try: its payment finalises it.
    finalFor: null,
  })
}

function planUnavailable({ id, name, billingInterval }: SubscriptionRecord): Problem {
  const price = billingInterval === null ? '' : ` with a ${billingInterval} price`
  const message = `The plan of ${id}, ${name}, is not sold${price} any more. Subscribe the customer to a plan that is, or offer it again.`
  return new Problem('plan_unavailable', message)
}

/**
 * The outstanding invoice of a reactivation for a page that shows it: at today's price unless it is being paid at this moment.
 * Undefined when the plan is not sold any more.
 */
export async function todaysReactivation(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<InvoiceRecord | undefined> {
  const earlier = await findReactivation(tx, context, subscription.id)
  const newest = earlier && (await findInvoiceAttempt(tx, context.org.id, earlier.id))
  if (newest && isInFlight(newest.state)) return earlier
  if (!(await findSold(tx, context, subscription))) return undefined
  return invoiceReactivation(tx, context, subscription, customer)
}

/** What making a canceled subscription active again charges today, with its tax; undefined when it is not sold any more. */
export async function quoteReactivation(
  db: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<bigint | undefined> {
  const sold = await findSold(db, context, subscription)
  const local = sold?.price && (await localiseInRegion(db, context.org.id, sold.price, regionOf(subscription)))
  if (!sold || (sold.price && !local)) return undefined
  const window = await windowFromToday(db, context, subscription)
  const lines = await linesOfReactivation(db, context, subscription, sold, window)
  const earlier = await findReactivation(db, context, subscription.id)
  const { currency } = subscription
  const invoice = { type: 'reactivation', customer: { id: customer.id }, currency, lines } as const
  return (await quoteInvoice(db, context, invoice, earlier ? { insteadOf: earlier.id } : {})).total
}

async function findReactivation(db: Db, { org }: Context, subscriptionId: string): Promise<InvoiceRecord | undefined> {
  const outstanding = await findInvoicesOfSubscription(db, org.id, subscriptionId, 'outstanding')
  return outstanding.find(({ type }) => type === 'reactivation')
}

async function refuseWhilePaid(tx: Tx, { org }: Context, { id }: InvoiceRecord): Promise<void> {
  const newest = await findInvoiceAttempt(tx, org.id, id)
  if (!newest || !isInFlight(newest.state)) return
  throw new Problem('charge_in_progress', 'This subscription is being paid right now. Look again in a minute.')
}

// The base and what is held, in advance; no discount, and add-ons have ended.
async function linesOfReactivation(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  { plan, price }: Sold,
  window: WindowPlan,
): Promise<DraftLine[]> {
  if (!price) return [planBase({ name: plan.name, price: 0n }, window)]
  const local = await localiseInRegion(tx, context.org.id, price, regionOf(subscription))
  if (!local) throw missingRegionalPrice(`The plan ${plan.code}`, subscription.currency)
  const base = planBase({ name: plan.name, price: local.price, listed: listedOf(local) }, window)
  return [base, ...(await heldInAdvance(tx, context, subscription, window))]
}
