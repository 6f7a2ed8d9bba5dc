import assert from 'node:assert/strict'
import { loadPlanTerms } from '#catalogue/feature-terms.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Tx } from '#database/transaction.ts'
import { closeCounters } from '#metering/counters.store.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findOpenWindow, closeWindow as markClosed, windowPlanOf } from '#subscriptions/windows.store.ts'

export type ClosedWindow = {
  readonly window: WindowPlan
  readonly terms: readonly FeatureTerms[]
  readonly used: ReadonlyMap<string, Quantity>
}

/**
 * Closes the subscription's open window and says what was used in it under which terms: those of its beginning and every
 * kinder change before `context.now`. From here on nothing more is counted in it.
 */
export async function closeWindow(
  tx: Tx,
  { org, now }: Context,
  subscription: SubscriptionRecord,
): Promise<ClosedWindow> {
  const open = await findOpenWindow(tx, org.id, subscription.id)
  assert(open, `subscription ${subscription.id} has an open window`)
  assert.equal(open.number, subscription.windowNumber, 'the open window is the one the subscription is in')
  const counters = await closeCounters(tx, org.id, subscription.id, open.number)
  const terms = await loadPlanTerms(tx, org.id, open.planId, { sinceRevision: open.termsRevision, before: now })
  assert(await markClosed(tx, org.id, subscription.id, open.number, now), 'a window is closed once')
  const used = new Map([...counters].map(([featureId, { total }]) => [featureId, total]))
  return { window: windowPlanOf(open), terms, used }
}
