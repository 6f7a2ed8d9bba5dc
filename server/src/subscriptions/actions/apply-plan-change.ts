import assert from 'node:assert/strict'
import { closeWindows } from '#billing/actions/close-window.ts'
import { settleChangedHeld } from '#billing/actions/held-lines.ts'
import { openWindow } from '#billing/actions/open-window.ts'
import { endSwitchedAddons } from '#billing/actions/scheduled-change.ts'
import { Catalogue } from '#billing/catalogue.ts'
import type { ClosedWindow } from '#billing/window-bill.ts'
import type { Plan } from '#catalogue/plan.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { forgiveLines, placeLines } from '#invoicing/carried-lines.store.ts'
import { grantCredit } from '#invoicing/customer-credit.store.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { drawAgain, setDrawnAside } from '#metering/actions/keep-drawn.ts'
import { lockMetering } from '#metering/counters.store.ts'
import { moveUsage } from '#metering/moved-usage.store.ts'
import { restartCaps } from '#metering/spend-caps.store.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { offerColumns } from '#subscriptions/actions/after-offered-change.ts'
import { tellApplied } from '#subscriptions/actions/tell-plan-change.ts'
import { switchTo } from '#subscriptions/plan-change.ts'
import type { PlanChangeRecord } from '#subscriptions/plan-changes.store.ts'
import { firstWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionChanges, SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** A change that is settled: its invoice is paid, or there is none. The caller holds the subscription's lock. */
export type SettledChange = {
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  readonly change: PlanChangeRecord
  readonly invoice: InvoiceRecord | null
  /** Null where nothing was charged. */
  readonly attempt: Attempt | null
}

/**
 * Carries out a change of plan that takes effect at once (subscriptions.md, Changing plan): the running window ends today, the
 * new plan's first one begins, with counters, credits and balance of its own. `context.now` is the moment of the decision; what
 * was used between it and its payment is the new plan's.
 */
export async function applyPlanChange(tx: Tx, context: Context, settled: SettledChange): Promise<SubscriptionRecord> {
  const { org } = context
  const { subscription, customer, change, invoice } = settled
  const plans = await findPlansById(tx, org.id, [change.fromPlanId, change.toPlanId])
  const [from, to] = [plans.get(change.fromPlanId), plans.get(change.toPlanId)]
  assert(from && to, `the plans of ${change.id} exist`)
  await lockMetering(tx, org.id, [subscription.id])
  // What was decided about when the charge began; without one nothing came between.
  const wasCharged = change.state === 'charging'
  const drawn = wasCharged ? await setDrawnAside(tx, context, subscription.id, change.overdraft) : 0n
  const catalogue = new Catalogue(org.id)
  const priced = wasCharged ? (change.decidedRevision ?? undefined) : undefined
  const [closed] = await closeWindows(tx, context, [subscription], catalogue, priced)
  assert(closed, `the window of ${subscription.id} is closed`)
  await settleChangedHeld(tx, context, subscription.id, closed.window)
  const changes = changesOf(context, settled, { from, to })
  const next = windowOfChange(context, subscription, change)
  const changed = await openWindow(tx, context, { ...subscription, ...changes }, next, changes, catalogue)
  const ending = { customer, windowNumber: closed.window.number }
  await endSwitchedAddons(tx, context, { subscription: changed, to }, ending, catalogue)
  await drawAgain(tx, context, subscription.id, drawn)
  if (wasCharged) await moveUsedSince(tx, context, changed, closed, change)
  await settleWaiting(tx, context, settled)
  if (invoice && change.kept > 0n) await keep(tx, context, invoice, change.kept)
  await tellApplied(tx, context, { ...settled, customer, before: subscription, subscription: changed, from, to })
  return changed
}

/** The window that a change to a plan begins with today. */
export function windowOfChange(
  { today }: Context,
  { windowNumber }: SubscriptionRecord,
  { toPriceId, toInterval }: PlanChangeRecord,
): WindowPlan {
  const start = { on: today, billingInterval: toInterval, isFree: toPriceId === null, trialDays: 0 }
  return firstWindow(start, windowNumber + 1)
}

function changesOf(
  { now, today }: Context,
  { subscription, change, invoice }: SettledChange,
  { from, to }: { readonly from: Plan; readonly to: Plan },
): SubscriptionChanges {
  const { toPlanId, toPriceId, toInterval, basePrice } = change
  const target = { planId: toPlanId, planName: to.name, priceId: toPriceId, billingInterval: toInterval, basePrice }
  const isPaid = toPriceId !== null
  return {
    ...switchTo(target, { now: subscription.name, ofOldPlan: from.name }),
    ...beginningOf(change),
    // Settled by the first payment of somebody who was on a free plan.
    currency: change.currency,
    hasUsPricing: change.hasUsPricing,
    status: 'active',
    anchor: today,
    billingDayOfMonth: isPaid ? today.day : null,
    ...(subscription.status === 'trialing' ? { trialEndsOn: today } : {}),
    // A trial that ends with too little to charge is activated by its first payment, as at its own end.
    activatedAt: subscription.activatedAt ?? (isPaid && invoice ? now : null),
    cancelRequestedAt: null,
    cancelEffectiveOn: null,
    cancelReason: null,
  }
}

// The offer or code that a free customer's first paid period was paid with goes on for the periods that are left of it.
function beginningOf(change: PlanChangeRecord): SubscriptionChanges {
  const { agreed, ...offer } = offerColumns(change)
  if (agreed === null) return {}
  return { ...offer, agreed, discountCyclesUsed: offer.discountKind === null ? 0 : 1 }
}

// The bill of a paid plan's change has what waited. A free customer's invoice follows its checkout: what waits goes on waiting, for
// the next invoice. Less than could be charged is not converted: where the checkout settled another currency it is forgiven.
async function settleWaiting(
  tx: Tx,
  { org, now }: Context,
  { subscription, change, invoice }: SettledChange,
): Promise<void> {
  if (change.currency !== subscription.currency) await forgiveLines(tx, org.id, subscription.id, now)
  else if (invoice && change.state !== 'awaiting') await placeLines(tx, org.id, subscription.id, invoice.id)
}

// What the credit was worth beyond what is charged stays the customer's.
function keep(tx: Tx, { org, now }: Context, invoice: InvoiceRecord, amount: bigint): Promise<void> {
  const { customerId, currency, id: invoiceId } = invoice
  return grantCredit(tx, org.id, { customerId, currency, amount, invoiceId }, now)
}

// Counted while the change was paid: none of the bill of the window that was decided about, and none of its period.
async function moveUsedSince(
  tx: Tx,
  { org, now }: Context,
  subscription: SubscriptionRecord,
  closed: ClosedWindow,
  change: PlanChangeRecord,
): Promise<void> {
  if (closed.ledger !== null) return
  const quantities = new Map<string, Quantity>()
  for (const [featureId, total] of closed.used) {
    const since = total - (change.usage.get(featureId) ?? 0n)
    if (since !== 0n) quantities.set(featureId, since)
  }
  if (quantities.size === 0) return
  const { id: subscriptionId, customerId, windowNumber, epoch } = subscription
  const move = { subscriptionId, customerId, from: closed.window.number, to: windowNumber, epoch, quantities }
  await moveUsage(tx, org.id, move, now)
  // Caps were kept while it was counted under the old terms: they hold from here on, not for what was moved.
  await restartCaps(tx, org.id, subscriptionId, windowNumber)
}
