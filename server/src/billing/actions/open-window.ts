import assert from 'node:assert/strict'
import { fundingOf } from '#billing/actions/fund-window.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { nextDue } from '#billing/next-due.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import { openLedger } from '#metering/actions/open-ledger.ts'
import { type CountersToOpen, openCountersOfAll } from '#metering/counters.store.ts'
import { findAccounts } from '#metering/ledger-accounts.store.ts'
import type { Context } from '#organisations/org.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import {
  type SubscriptionChanges,
  type SubscriptionRecord,
  updateAccessOfAll,
} from '#subscriptions/subscriptions.store.ts'
import { insertWindows } from '#subscriptions/windows.store.ts'

export type Opening = {
  readonly subscription: SubscriptionRecord
  readonly window: WindowPlan
  /** What else changes with it. */
  readonly changes: SubscriptionChanges
}

/**
 * Opens a window of access: the terms in force at `context.now` are taken, counters start at zero, and the billing engine
 * looks again when the window ends. The caller holds the subscription's lock and has closed the window before.
 */
export async function openWindow(
  tx: Tx,
  context: Context,
  subscription: Opening['subscription'],
  window: WindowPlan,
  changes: SubscriptionChanges,
  catalogue: Catalogue,
): Promise<SubscriptionRecord> {
  const [opened] = await openWindows(tx, context, [{ subscription, window, changes }], catalogue)
  assert(opened, 'one window is opened')
  return opened
}

/** The same for several subscriptions. Gives them as they are then, in their order. */
export async function openWindows(
  tx: Tx,
  context: Context,
  openings: readonly Opening[],
  catalogue: Catalogue,
): Promise<SubscriptionRecord[]> {
  if (openings.length === 0) return []
  const { org, now } = context
  const termsRevision = await catalogue.revision(tx, now)
  await insertWindows(
    tx,
    org.id,
    openings.map(({ subscription: { id, planId }, window }) => ({
      subscriptionId: id,
      planId,
      plan: window,
      termsRevision,
      openedAt: now,
    })),
  )
  const opened = await updateAccessOfAll(
    tx,
    org.id,
    openings.map((opening) => ({ id: opening.subscription.id, changes: changesOf(opening, now) })),
  )
  await fundWindows(tx, context, opened, openings, catalogue)
  const addons = await findActiveAddons(
    tx,
    org.id,
    opened.map(({ id }) => id),
  )
  const counters: CountersToOpen[] = []
  for (const subscription of opened) {
    const { id, planId, windowNumber, epoch } = subscription
    const scope = { sinceRevision: termsRevision, region: regionOf(subscription) }
    const terms = await catalogue.termsWith(tx, planId, addons.get(id) ?? [], scope)
    counters.push({ subscriptionId: id, windowNumber, epoch, featureIds: countedFeatures(terms) })
  }
  await openCountersOfAll(tx, org.id, counters)
  return opened
}

function changesOf({ subscription, window, changes }: Opening, now: Temporal.Instant): SubscriptionChanges {
  const opened = {
    ...changes,
    periodStart: window.periodStart,
    periodEnd: window.periodEnd,
    windowStart: window.startsOn,
    windowEnd: window.endsOn,
    windowNumber: window.number,
    updatedAt: now,
  }
  return { ...opened, dueAt: nextDue({ ...subscription, ...opened }, now) }
}

async function fundWindows(
  tx: Tx,
  context: Context,
  opened: readonly SubscriptionRecord[],
  openings: readonly Opening[],
  catalogue: Catalogue,
): Promise<void> {
  const { org, now } = context
  const accounts = await findAccounts(
    tx,
    org.id,
    opened.map(({ id }) => id),
  )
  for (const [index, subscription] of opened.entries()) {
    const window = openings[index]?.window
    assert(window, 'every subscription has its window')
    const funding = await fundingOf(tx, subscription, { from: now, window }, catalogue)
    if (funding.model === 'metered' && !accounts.has(subscription.id)) continue
    await openLedger(tx, context, subscription, window, funding)
  }
}

function countedFeatures(terms: readonly FeatureTerms[]): string[] {
  return terms.filter(({ type }) => type === 'usage').map(({ featureId }) => featureId)
}
