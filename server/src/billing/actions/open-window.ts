import type { Catalogue } from '#billing/catalogue.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Tx } from '#database/transaction.ts'
import { openCounters } from '#metering/counters.store.ts'
import type { Context } from '#organisations/org.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { type SubscriptionChanges, type SubscriptionRecord, updateAccess } from '#subscriptions/subscriptions.store.ts'
import { openWindow as insertWindow } from '#subscriptions/windows.store.ts'
import { startInstant } from '#time/period.ts'

/**
 * Opens a window of access: the terms in force at `context.now` are taken, counters start at zero, and the billing engine
 * looks again when the window ends. The caller holds the subscription's lock and has closed the window before.
 */
export async function openWindow(
  tx: Tx,
  context: Context,
  subscription: Pick<SubscriptionRecord, 'id' | 'planId'>,
  window: WindowPlan,
  changes: SubscriptionChanges,
  catalogue: Catalogue,
): Promise<SubscriptionRecord> {
  const { org, now } = context
  const termsRevision = await catalogue.revision(tx, now)
  await insertWindow(tx, org.id, {
    subscriptionId: subscription.id,
    planId: subscription.planId,
    plan: window,
    termsRevision,
    openedAt: now,
  })
  const opened = await updateAccess(tx, org.id, subscription.id, {
    ...changes,
    periodStart: window.periodStart,
    periodEnd: window.periodEnd,
    windowStart: window.startsOn,
    windowEnd: window.endsOn,
    windowNumber: window.number,
    dueAt: startInstant(window.endsOn),
    updatedAt: now,
  })
  const terms = await catalogue.terms(tx, subscription.planId, { sinceRevision: termsRevision })
  await openCounters(tx, org.id, {
    subscriptionId: subscription.id,
    windowNumber: window.number,
    epoch: opened.epoch,
    featureIds: countedFeatures(terms),
  })
  return opened
}

function countedFeatures(terms: readonly FeatureTerms[]): string[] {
  return terms.filter(({ type }) => type === 'usage').map(({ featureId }) => featureId)
}
