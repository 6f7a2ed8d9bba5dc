import assert from 'node:assert/strict'
import { loadPlanTerms } from '#catalogue/feature-terms.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Tx } from '#database/transaction.ts'
import { type ClosedLedger, closeLedger } from '#metering/actions/close-ledger.ts'
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
  /** Of plans that draw on credits or a balance; null on metered ones. */
  readonly ledger: ClosedLedger | null
}

/**
 * Closes the subscription's open window and says what was used in it under which terms: those of its beginning and every
 * kinder change before `context.now`. From here on nothing more is counted in it.
 */
export async function closeWindow(tx: Tx, context: Context, subscription: SubscriptionRecord): Promise<ClosedWindow> {
  const { org, now } = context
  const open = await findOpenWindow(tx, org.id, subscription.id)
  assert(open, `subscription ${subscription.id} has an open window`)
  assert.equal(open.number, subscription.windowNumber, 'the open window is the one the subscription is in')
  // The account before its counters, in the order in which usage locks them.
  const ledger = await closeLedger(tx, context, subscription.id)
  const counters = await closeCounters(tx, org.id, subscription.id, open.number)
  const terms = await loadPlanTerms(tx, org.id, open.planId, { sinceRevision: open.termsRevision, before: now })
  assert(await markClosed(tx, org.id, subscription.id, open.number, now), 'a window is closed once')
  const used = new Map([...counters].map(([featureId, { total }]) => [featureId, total]))
  return { window: windowPlanOf(open), terms, used, ledger }
}
