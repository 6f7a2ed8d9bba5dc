import assert from 'node:assert/strict'
import { openWindow } from '#billing/actions/open-window.ts'
import { tellActivated } from '#billing/actions/settle-payment.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import type { Tx } from '#database/transaction.ts'
import { type InvoiceRecord, moveLines, updateInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { firstWindow } from '#subscriptions/schedule.ts'
import { mayBecome } from '#subscriptions/subscription.ts'
import type { SubscriptionChanges, SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * The first payment settled: active, the paid period begins at midnight UTC of today, which also becomes the day billing is
 * counted from (subscriptions.md, Creating). The paid invoice and its lines are moved to that period.
 */
export async function activateSubscription(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
): Promise<SubscriptionRecord> {
  const { org, now, today } = context
  assert(mayBecome(subscription.status, 'active'), `${subscription.id} may become active from ${subscription.status}`)
  const window = firstWindow(
    { on: today, billingInterval: subscription.billingInterval, isFree: false, trialDays: 0 },
    subscription.windowNumber + 1,
  )
  const isDiscounted = runningDiscount(subscription) !== null
  const changes: SubscriptionChanges = {
    status: 'active',
    anchor: today,
    billingDayOfMonth: today.day,
    activatedAt: subscription.activatedAt ?? now,
    ...(isDiscounted ? { discountCyclesUsed: subscription.discountCyclesUsed + 1 } : {}),
  }
  const active = await openWindow(tx, context, subscription, window, changes, new Catalogue(org.id))
  const period = { startsOn: window.periodStart, endsOn: window.periodEnd ?? window.endsOn }
  await moveLines(tx, org.id, invoice.id, period)
  const paid = await updateInvoice(tx, org.id, invoice.id, {
    periodStart: period.startsOn,
    periodEnd: period.endsOn,
    updatedAt: now,
  })
  if (subscription.activatedAt === null) await tellActivated(tx, context, active, paid)
  return active
}

/** Begins a trial today; the window is the trial's own (billing.md, Trials). */
export async function startTrial(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
): Promise<SubscriptionRecord> {
  const { today } = context
  assert(mayBecome(subscription.status, 'trialing'), `${subscription.id} may begin a trial from ${subscription.status}`)
  const window = firstWindow(
    { on: today, billingInterval: subscription.billingInterval, isFree: false, trialDays: subscription.trialDays },
    subscription.windowNumber + 1,
  )
  const trialEndsOn = today.add({ days: subscription.trialDays })
  const changes: SubscriptionChanges = { status: 'trialing', anchor: today, trialEndsOn }
  return openWindow(tx, context, subscription, window, changes, new Catalogue(context.org.id))
}

/** Gives access to a free plan at once; its windows are counted from today. */
export async function startFree(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
): Promise<SubscriptionRecord> {
  const { today } = context
  const window = firstWindow(
    { on: today, billingInterval: null, isFree: true, trialDays: 0 },
    subscription.windowNumber + 1,
  )
  const changes: SubscriptionChanges = { status: 'active', anchor: today }
  return openWindow(tx, context, subscription, window, changes, new Catalogue(context.org.id))
}
