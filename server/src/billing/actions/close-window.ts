import assert from 'node:assert/strict'
import type { Catalogue } from '#billing/catalogue.ts'
import type { ClosedWindow } from '#billing/window-bill.ts'
import type { Tx } from '#database/transaction.ts'
import { closeCounters, closeOpenCounters, type OpenTotal } from '#metering/counters.store.ts'
import type { Context } from '#organisations/org.ts'
import { nextWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { closeOpenWindow, type WindowRecord, windowPlanOf } from '#subscriptions/windows.store.ts'
import { startInstant } from '#time/period.ts'

/**
 * Closes the subscription's open window and says what was used in it under which terms: those of its beginning and every
 * kinder change before `context.now`. From here on nothing more is counted in it.
 */
export async function closeWindow(
  tx: Tx,
  { org, now }: Context,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
): Promise<ClosedWindow> {
  const open = await markClosed(tx, org.id, subscription, now)
  const counters = await closeCounters(tx, org.id, subscription.id, open.number)
  const terms = await catalogue.terms(tx, open.planId, { sinceRevision: open.termsRevision, before: now })
  const used = new Map([...counters].map(([featureId, { total }]) => [featureId, total]))
  return { window: windowPlanOf(open), terms, used }
}

/**
 * Closes every counter of a subscription that ends now. Gives its open window and, where billing had stopped (past_due), each
 * later one that has begun and was used.
 */
export async function closeAllWindows(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
): Promise<readonly [ClosedWindow, ...ClosedWindow[]]> {
  const { org, now } = context
  const open = await markClosed(tx, org.id, subscription, now)
  const totals = Map.groupBy(await closeOpenCounters(tx, org.id, subscription.id), ({ windowNumber }) => windowNumber)
  const terms = await catalogue.terms(tx, open.planId, { sinceRevision: open.termsRevision, before: now })
  const last = { window: windowPlanOf(open), terms, used: usedOf(totals.get(open.number)) }
  const later: ClosedWindow[] = []
  for (const window of windowsAfter(subscription, last.window, Math.max(...totals.keys()))) {
    const found = totals.get(window.number)
    if (found)
      later.push({ window, terms: await termsOf(tx, now, subscription, window, catalogue), used: usedOf(found) })
  }
  return [last, ...later.filter(({ window }) => Temporal.Instant.compare(startInstant(window.startsOn), now) < 0)]
}

async function markClosed(
  tx: Tx,
  orgId: string,
  subscription: SubscriptionRecord,
  now: Temporal.Instant,
): Promise<WindowRecord> {
  const open = await closeOpenWindow(tx, orgId, subscription.id, now)
  assert(open, `subscription ${subscription.id} has an open window`)
  assert.equal(open.number, subscription.windowNumber, 'the open window is the one the subscription is in')
  return open
}

function* windowsAfter(
  subscription: SubscriptionRecord,
  window: WindowPlan,
  lastNumber: number,
): Generator<WindowPlan> {
  const { billingInterval, trialEndsOn } = subscription
  assert(subscription.anchor, `subscription ${subscription.id} has an anchor`)
  let state: { window: WindowPlan; anchor: Temporal.PlainDate } = { window, anchor: subscription.anchor }
  while (state.window.number < lastNumber) {
    const { anchor, ...next } = nextWindow({ ...state, billingInterval, trialEndsOn })
    state = { window: next, anchor }
    yield next
  }
}

// A window that billing never opened has the terms in force on its first day.
async function termsOf(
  tx: Tx,
  now: Temporal.Instant,
  { planId }: SubscriptionRecord,
  window: WindowPlan,
  catalogue: Catalogue,
) {
  const [start, end] = [startInstant(window.startsOn), startInstant(window.endsOn)]
  const sinceRevision = await catalogue.revision(tx, start)
  return catalogue.terms(tx, planId, { sinceRevision, before: Temporal.Instant.compare(end, now) < 0 ? end : now })
}

function usedOf(totals: readonly OpenTotal[] | undefined): ClosedWindow['used'] {
  return new Map((totals ?? []).map(({ featureId, total }) => [featureId, total]))
}
