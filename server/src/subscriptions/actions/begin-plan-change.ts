import assert from 'node:assert/strict'
import { chargeOf } from '#billing/actions/collect.ts'
import { dropAwaited } from '#billing/actions/drop-awaited-change.ts'
import { isDue } from '#billing/actions/run-due.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { revisionInForce } from '#catalogue/feature-terms.store.ts'
import { holdPrice } from '#catalogue/prices.store.ts'
import { regionColumns } from '#catalogue/region.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { carryLines } from '#invoicing/carried-lines.store.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { lockMetering } from '#metering/counters.store.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { refuseWhileRefunding } from '#payments/actions/refuse-while-refunding.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findStartedCollections } from '#payments/attempt-lists.store.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { Problem } from '#problem.ts'
import { applyPlanChange } from '#subscriptions/actions/apply-plan-change.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import { type DecidedChange, decidePlanChange, type WantedChange } from '#subscriptions/actions/decide-plan-change.ts'
import { offerPlanChange } from '#subscriptions/actions/offer-plan-change.ts'
import { totalOfChange } from '#subscriptions/actions/plan-change-total.ts'
import { type PricedChange, pricePlanChange } from '#subscriptions/actions/price-plan-change.ts'
import { type Scheduled, schedulePlanChange } from '#subscriptions/actions/schedule-plan-change.ts'
import {
  findChangeBegunBy,
  findOpenChange,
  insertPlanChange,
  type PlanChangeRecord,
} from '#subscriptions/plan-changes.store.ts'
import { discountColumns } from '#subscriptions/selection.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

export type ChangeInput = {
  readonly id: string
  readonly wanted: WantedChange
  /** Where a checkout sends its customer. */
  readonly successUrl: string | null
  /** Machine time. */
  readonly requestedAt: Temporal.Instant
}

/** What was begun: a change at once with the attempt to perform after the commit (null: nothing to charge), or one that waits. */
export type BegunChange =
  | { readonly kind: 'immediate'; readonly changeId: string; readonly attempt: Attempt | null }
  | { readonly kind: 'checkout'; readonly changeId: string }
  | { readonly kind: 'scheduled'; readonly scheduled: Scheduled }

/** A locked subscription and its customer, with the change that is possible. */
export type Changing = {
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  readonly decided: DecidedChange
  readonly input: ChangeInput
}

/**
 * Begins a change of plan, or goes on with the one that the same request began before. What was due before has been run. Refusals
 * are those of `decidePlanChange`; 409 charge_in_progress while another change is paid, 409 no_payment_method.
 */
export async function beginPlanChange(tx: Tx, context: Context, input: ChangeInput): Promise<BegunChange> {
  const { org } = context
  const { subscription, customer } = await lockWithCustomer(tx, context, input.id)
  const request = { key: context.idempotency, at: input.requestedAt }
  const begun = await findChangeBegunBy(tx, org.id, subscription.id, request)
  if (begun) return goOn(tx, org.id, begun)
  const open = await findOpenChange(tx, org.id, subscription.id)
  // Also one whose customer is still to answer their bank.
  if (open?.state === 'charging') throw beingCharged()
  await refuseWhileBusy(tx, context, subscription)
  const decided = await decidePlanChange(tx, context, subscription, customer, input.wanted)
  await holdTarget(tx, org.id, decided)
  const changing = { subscription, customer, decided, input }
  switch (decided.timing.kind) {
    case 'checkout':
      return { kind: 'checkout', changeId: await offerPlanChange(tx, context, changing, open) }
    case 'period_end':
      return { kind: 'scheduled', scheduled: await schedulePlanChange(tx, context, changing) }
    case 'now':
      if (open) await dropAwaited(tx, context, open, customer)
      return decided.timing.isPaid ? charge(tx, context, changing) : switchFree(tx, context, changing)
    default:
      return decided.timing satisfies never
  }
}

async function goOn(tx: Tx, orgId: string, change: PlanChangeRecord): Promise<BegunChange> {
  if (change.state === 'awaiting' || change.state === 'dropped') return { kind: 'checkout', changeId: change.id }
  const attempt = change.invoiceId === null ? undefined : await findInvoiceAttempt(tx, orgId, change.invoiceId)
  return { kind: 'immediate', changeId: change.id, attempt: attempt ?? null }
}

// A price that a subscription is about to have is not deleted meanwhile.
async function holdTarget(tx: Tx, orgId: string, { to, price }: DecidedChange): Promise<void> {
  if (price === null || (await holdPrice(tx, orgId, to.id, price.id))) return
  throw new Problem('price_not_found', `The ${price.billingInterval} price of ${to.code} was deleted a moment ago.`)
}

async function charge(tx: Tx, context: Context, changing: Changing): Promise<BegunChange> {
  const { org } = context
  const { subscription, customer } = changing
  // Metering comes before the invoice numbers, also where the change is applied at once.
  await lockMetering(tx, org.id, [subscription.id])
  const priced = await pricePlanChange(tx, context, subscription, changing.decided, new Catalogue(org.id))
  const total = await totalOfChange(
    tx,
    context,
    subscription,
    {
      type: 'plan_change',
      lines: priced.bill.lines,
      kept: priced.bill.kept,
    },
    changing.decided.region,
  )
  if (total.waits) return changeWithoutInvoice(tx, context, changing, priced)
  const method = await findDefaultMethod(tx, org.id, customer.id)
  if (!method && total.due > 0n) {
    throw new Problem('no_payment_method', 'The customer has no stored payment method to charge for the change.')
  }
  const invoice = await issue(tx, context, changing, priced)
  assert.equal(invoice.total, total.due, 'what was priced is what is issued')
  const record = recordOf(context, changing, { priced, invoice, isOpen: invoice.total > 0n })
  const change = { ...record, decidedRevision: await revisionInForce(tx, org.id, context.now) }
  await insertPlanChange(tx, org.id, change)
  if (invoice.total === 0n) {
    const paid = await payInvoice(tx, context, invoice.id)
    await applyPlanChange(tx, context, { subscription, customer, change, invoice: paid, attempt: null })
    return { kind: 'immediate', changeId: change.id, attempt: null }
  }
  assert(method, 'what is due has a method to be charged')
  const attempt = await beginAttempt(tx, context, chargeOf({ invoice, customer, purpose: 'plan_change' }, method))
  return { kind: 'immediate', changeId: change.id, attempt }
}

// Too little to be charged: the lines wait for the next invoice.
async function changeWithoutInvoice(
  tx: Tx,
  context: Context,
  changing: Changing,
  priced: PricedChange,
): Promise<BegunChange> {
  const { subscription, customer } = changing
  const { waiting } = priced.facts
  const fresh = priced.bill.lines.filter((line) => !waiting.includes(line))
  await carryLines(tx, context.org.id, subscription.id, fresh, context.now)
  const change = recordOf(context, changing, { priced, invoice: null, isOpen: false })
  await insertPlanChange(tx, context.org.id, change)
  await applyPlanChange(tx, context, { subscription, customer, change, invoice: null, attempt: null })
  return { kind: 'immediate', changeId: change.id, attempt: null }
}

async function switchFree(tx: Tx, context: Context, changing: Changing): Promise<BegunChange> {
  const { subscription, customer } = changing
  await lockMetering(tx, context.org.id, [subscription.id])
  const change = recordOf(context, changing, { priced: null, invoice: null, isOpen: false })
  await insertPlanChange(tx, context.org.id, change)
  await applyPlanChange(tx, context, { subscription, customer, change, invoice: null, attempt: null })
  return { kind: 'immediate', changeId: change.id, attempt: null }
}

function issue(
  tx: Tx,
  context: Context,
  { subscription, customer, decided: { to } }: Changing,
  { facts: { next }, bill }: PricedChange,
): Promise<InvoiceRecord> {
  return issueInvoice(tx, context, {
    type: 'plan_change',
    cause: 'plan_change',
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: subscription.windowNumber,
    currency: subscription.currency,
    planName: to.name,
    periodStart: next.periodStart,
    periodEnd: next.periodEnd ?? next.endsOn,
    lines: bill.lines,
    finalFor: customer,
  })
}

/** The record of a change that takes effect at once, or waits for its payment. */
export function recordOf(
  { org, now, idempotency }: Context,
  { subscription, decided: { from, target, region }, input }: Changing,
  {
    priced,
    invoice,
    isOpen,
  }: { readonly priced: PricedChange | null; readonly invoice: InvoiceRecord | null; readonly isOpen: boolean },
): PlanChangeRecord {
  const { closed } = priced?.facts ?? {}
  return {
    orgId: org.id,
    id: newId('chg'),
    subscriptionId: subscription.id,
    state: isOpen ? 'charging' : 'applied',
    fromPlanId: from.id,
    fromInterval: subscription.billingInterval,
    toPlanId: target.planId,
    toPriceId: target.priceId,
    toInterval: target.billingInterval,
    ...regionColumns(region),
    basePrice: target.basePrice,
    ...discountColumns(null),
    promoCodeId: null,
    agreed: null,
    windowNumber: subscription.windowNumber,
    invoiceId: invoice?.id ?? null,
    charge: priced?.bill.charge ?? 0n,
    credit: priced?.bill.credit ?? 0n,
    kept: priced?.bill.kept ?? 0n,
    usage: closed && closed.ledger === null ? closed.used : new Map(),
    overdraft: closed?.ledger?.overdraft ?? 0n,
    requestKey: idempotency?.key ?? null,
    requestFingerprint: idempotency?.fingerprint ?? null,
    requestedAt: input.requestedAt,
    decidedAt: now,
    decidedRevision: null,
    endedAt: isOpen ? null : now,
  }
}

/** 409 charge_in_progress while something of a subscription is charged, given back, or still to be billed. */
export async function refuseWhileBusy(tx: Tx, { org, now }: Context, subscription: SubscriptionRecord): Promise<void> {
  const charging = await findStartedCollections(tx, org.id, [subscription.id])
  if (charging.length > 0 || isDue(subscription, now)) throw beingCharged()
  await refuseWhileRefunding(tx, org.id, subscription.id)
}

// What is charged at this moment decides what can be changed.
function beingCharged(): Problem {
  return new Problem(
    'charge_in_progress',
    'A charge of this subscription is under way, or its last period is still to be billed. Look at it again in a minute.',
  )
}
