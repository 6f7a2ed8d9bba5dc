import assert from 'node:assert/strict'
import type { Catalogue } from '#billing/catalogue.ts'
import type { ClosedWindow } from '#billing/window-bill.ts'
import { regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import { type ClosedLedger, closeLedger } from '#metering/actions/close-ledger.ts'
import { overdraftOf } from '#metering/balance.ts'
import { closeCountersOfAll, closeOpenCounters, type OpenTotal, readTotals } from '#metering/counters.store.ts'
import { findAccounts } from '#metering/ledger-accounts.store.ts'
import type { KeptCap } from '#metering/spend-cap.ts'
import { findCaps } from '#metering/spend-caps.store.ts'
import type { Context } from '#organisations/org.ts'
import { findAddonsSince, type SubscriptionAddon } from '#subscriptions/addons.store.ts'
import { nextWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { closeOpenWindows, findOpenWindow, type WindowRecord, windowPlanOf } from '#subscriptions/windows.store.ts'
import { startInstant } from '#time/period.ts'

/** A window that was closed, with every add-on the subscription had in it. */
export type ClosedWithAddons = ClosedWindow & { readonly addons: readonly SubscriptionAddon[] }

/**
 * Closes the open windows of some subscriptions and says, in their order, what was used in each under which terms: those of its
 * beginning and every kinder change before `context.now`. From here on nothing more is counted in it. `decidedRevision` is the last
 * change of the catalogue that reached them, where their bill was priced before.
 */
export async function closeWindows(
  tx: Tx,
  context: Context,
  subscriptions: readonly SubscriptionRecord[],
  catalogue: Catalogue,
  decidedRevision?: bigint,
): Promise<ClosedWithAddons[]> {
  const { org, now } = context
  const windows = await markClosed(tx, context, subscriptions, catalogue, decidedRevision)
  const ledgers: (ClosedLedger | null)[] = []
  for (const window of windows) ledgers.push(await closeLedgerOf(tx, context, window, catalogue))
  const counters = await closeCountersOfAll(
    tx,
    org.id,
    windows.map(({ subscriptionId, number }) => ({ subscriptionId, windowNumber: number })),
  )
  const caps = await keptCaps(tx, org.id, subscriptions)
  const had = await addonsOf(tx, org.id, windows)
  const closed: ClosedWithAddons[] = []
  for (const [index, window] of windows.entries()) {
    const subscription = subscriptions[index]
    assert(subscription, 'every window is of its subscription')
    const addons = had(window)
    const scope = { sinceRevision: window.termsRevision, before: now, region: regionOf(subscription) }
    const terms = await catalogue.termsWith(tx, window.planId, addons, scope)
    const totals = [...(counters.get(window.subscriptionId) ?? [])]
    const used = new Map(totals.map(([featureId, { total }]) => [featureId, total]))
    closed.push({
      window: windowPlanOf(window),
      terms,
      used,
      ledger: ledgers[index] ?? null,
      caps: caps(window),
      addons,
    })
  }
  return closed
}

type Numbered = { readonly subscriptionId: string; readonly number: number }

/** What subscriptions had of add-ons in each of their windows from the given ones on. */
async function addonsOf(
  tx: Tx,
  orgId: string,
  windows: readonly Numbered[],
): Promise<(window: Numbered) => SubscriptionAddon[]> {
  const found = await findAddonsSince(
    tx,
    orgId,
    windows.map(({ subscriptionId, number }) => ({ subscriptionId, since: number })),
  )
  return ({ subscriptionId, number }) => hadIn(found.get(subscriptionId) ?? [], number)
}

/** Those of a subscription's add-ons that it had in a window. */
export function hadIn(addons: readonly SubscriptionAddon[], windowNumber: number): SubscriptionAddon[] {
  return addons.filter(
    ({ sinceWindow, untilWindow }) =>
      sinceWindow <= windowNumber && (untilWindow === null || untilWindow >= windowNumber),
  )
}

/**
 * The running window as `closeWindows` would give it if it ended now; nothing is closed. What is used meanwhile is not in it.
 */
export async function peekWindow(
  tx: Tx,
  { org, now }: Context,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
): Promise<ClosedWithAddons> {
  const open = await findOpenWindow(tx, org.id, subscription.id)
  assert(open, `subscription ${subscription.id} has an open window`)
  const window = windowPlanOf(open)
  const scope = { sinceRevision: open.termsRevision, before: changesUntil(window, now), region: regionOf(subscription) }
  const caps = await keptCaps(tx, org.id, [subscription])
  const numbered = { subscriptionId: subscription.id, number: open.number }
  const addons = (await addonsOf(tx, org.id, [numbered]))(numbered)
  return {
    window,
    terms: await catalogue.termsWith(tx, open.planId, addons, scope),
    used: await readTotals(tx, org.id, subscription.id, open.number),
    ledger: await peekLedger(tx, org.id, subscription.id),
    caps: caps(numbered),
    addons,
  }
}

async function peekLedger(tx: Tx, orgId: string, subscriptionId: string): Promise<ClosedLedger | null> {
  const account = (await findAccounts(tx, orgId, [subscriptionId])).get(subscriptionId)
  return account && account.model !== 'metered' ? { overdraft: overdraftOf(account.balance) } : null
}

type KeptCaps = (window: Numbered) => KeptCap[]

/** The caps that stood before anything was used in a window: those that are set later forgive nothing. */
async function keptCaps(
  tx: Tx,
  orgId: string,
  subscriptions: readonly Pick<SubscriptionRecord, 'id'>[],
): Promise<KeptCaps> {
  const found = await findCaps(
    tx,
    orgId,
    subscriptions.map(({ id }) => id),
  )
  const bySubscription = Map.groupBy(found, ({ subscriptionId }) => subscriptionId)
  return ({ subscriptionId, number }) =>
    (bySubscription.get(subscriptionId) ?? []).filter(({ sinceWindow }) => sinceWindow < number)
}

// The account before its counters, in the order in which usage locks them.
async function closeLedgerOf(
  tx: Tx,
  context: Context,
  { subscriptionId, planId }: WindowRecord,
  catalogue: Catalogue,
): Promise<ClosedLedger | null> {
  const plan = await catalogue.plan(tx, planId)
  return plan?.consumptionModel === 'metered' ? null : closeLedger(tx, context, subscriptionId)
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
  const [open] = await markClosed(tx, context, [subscription], catalogue)
  assert(open, 'one window is closed')
  const ledger = await closeLedgerOf(tx, context, open, catalogue)
  const totals = Map.groupBy(await closeOpenCounters(tx, org.id, subscription.id), ({ windowNumber }) => windowNumber)
  const window = windowPlanOf(open)
  const until = changesUntil(window, now)
  const scope = { sinceRevision: open.termsRevision, before: until, region: regionOf(subscription) }
  const had = await addonsOf(tx, org.id, [open])
  const terms = await catalogue.termsWith(tx, open.planId, had(open), scope)
  const caps = await keptCaps(tx, org.id, [subscription])
  const last = { window, terms, used: usedOf(totals.get(open.number)), ledger, caps: caps(open) }
  // One account for all of them: what it is short of is billed with the first.
  const settled = ledger && { overdraft: 0n }
  const later: ClosedWindow[] = []
  for (const window of windowsAfter(subscription, last.window, Math.max(...totals.keys()))) {
    const found = totals.get(window.number)
    const own = { subscriptionId: subscription.id, number: window.number }
    if (found)
      later.push({
        window,
        terms: await termsOf(tx, now, subscription, had(own), window, catalogue),
        used: usedOf(found),
        ledger: settled,
        caps: caps(own),
      })
  }
  return [last, ...later.filter(({ window }) => Temporal.Instant.compare(startInstant(window.startsOn), now) < 0)]
}

async function markClosed(
  tx: Tx,
  { org, now }: Context,
  subscriptions: readonly SubscriptionRecord[],
  catalogue: Catalogue,
  decidedRevision?: bigint,
): Promise<WindowRecord[]> {
  const ids = subscriptions.map(({ id }) => id)
  const closed = { at: now, revision: decidedRevision ?? (await catalogue.revision(tx, now)) }
  const open = await closeOpenWindows(tx, org.id, ids, closed)
  return subscriptions.map(({ id, windowNumber }) => {
    const window = open.get(id)
    assert(window, `subscription ${id} has an open window`)
    assert.equal(window.number, windowNumber, `the open window of ${id} is the one the subscription is in`)
    return window
  })
}

/** The windows that follow one, up to a number, as the schedule counts them. */
export function* windowsAfter(
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
  subscription: SubscriptionRecord,
  addons: readonly SubscriptionAddon[],
  window: WindowPlan,
  catalogue: Catalogue,
) {
  const region = regionOf(subscription)
  const sinceRevision = await catalogue.revision(tx, startInstant(window.startsOn))
  const scope = { sinceRevision, before: changesUntil(window, now), region }
  return catalogue.termsWith(tx, subscription.planId, addons, scope)
}

// A window that ends early has every change up to its last moment: a test clock stands still, so that a change and the
// cancellation after it have the same time.
function changesUntil(window: WindowPlan, now: Temporal.Instant): Temporal.Instant {
  const [end, after] = [startInstant(window.endsOn), now.add({ milliseconds: 1 })]
  return Temporal.Instant.compare(end, after) < 0 ? end : after
}

function usedOf(totals: readonly OpenTotal[] | undefined): ClosedWindow['used'] {
  return new Map((totals ?? []).map(({ featureId, total }) => [featureId, total]))
}
