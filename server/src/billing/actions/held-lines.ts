import assert from 'node:assert/strict'
import { hadIn } from '#billing/actions/close-window.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { type HeldPricing, heldAdvance } from '#billing/charges/seats-advance.ts'
import { type EndedPeriod, heldTrueUp, type WindowTerms } from '#billing/charges/seats-true-up.ts'
import type { ClosedWindow } from '#billing/window-bill.ts'
import { loadTerms } from '#catalogue/actions/load-terms.ts'
import { regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import {
  type CountedHeld,
  findUnsettledSteps,
  type HeldStepRecord,
  heldAtStartOf,
  restartMarks,
  settleSteps,
} from '#metering/held.store.ts'
import { heldPeriod, windowsBefore } from '#metering/held.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import { findActiveAddons, findAddonsSince } from '#subscriptions/addons.store.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findWindows } from '#subscriptions/windows.store.ts'
import { windowsPerPeriod } from '#time/interval.ts'
import { isBefore, startInstant } from '#time/period.ts'

const mostWindowsPerPeriod = 12

type Priced = Pick<SubscriptionRecord, 'id' | 'planId' | 'billingInterval' | 'currency' | 'hasUsPricing'>

/**
 * What is held by those of some subscriptions whose billing period ends today with their window, by subscription and feature
 * id. Those that hold nothing are missing.
 */
export async function heldAtEnd(
  tx: Tx,
  { org, today }: Context,
  ended: readonly { readonly id: string; readonly window: WindowPlan }[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, CountedHeld>>> {
  const ids = ended.filter(({ window }) => endsHeldPeriod(window)).map(({ id }) => id)
  return ids.length === 0 ? new Map() : heldAtStartOf(tx, org.id, ids, today)
}

/** Whether a billing period of what is paid for each of its windows ends with this one. */
export function endsHeldPeriod(window: WindowPlan): boolean {
  return heldPeriod(window).end.equals(window.endsOn)
}

/**
 * Seats and quota at the end of a window: where it ends a billing period, true-ups of that period and the advance for the one
 * that begins with `next`; nothing elsewhere (metering.md, Billing of seats and quota). `target` is
 * the subscription on the plan it has then.
 */
export async function renewalHeldLines(
  tx: Tx,
  context: Context,
  {
    subscription,
    target,
    held,
  }: {
    readonly subscription: Priced
    readonly target: Priced
    readonly held: ReadonlyMap<string, CountedHeld> | undefined
  },
  closed: ClosedWindow,
  next: WindowPlan,
  catalogue: Catalogue,
): Promise<DraftLine[]> {
  // Nothing was ever held, so nothing ever rose either.
  if (!held) return []
  return [
    ...(await trueUps(tx, context, subscription, closed, closed.window.endsOn)),
    ...(await advances(tx, context, target, next, held, catalogue)),
  ]
}

/**
 * True-ups of a period that ends now and is followed by none, or by another plan's: days run from each increase to `today`
 * where the period would have gone on.
 */
export async function finalHeldLines(
  tx: Tx,
  context: Context,
  subscription: Priced,
  closed: ClosedWindow,
): Promise<DraftLine[]> {
  const { end } = heldPeriod(closed.window)
  return trueUps(tx, context, subscription, closed, isBefore(context.today, end) ? context.today : end)
}

/**
 * What a change of plan bills of seats and quota, read and not settled: true-ups of the period that ends today at old prices,
 * and what is held now beyond what the new plan includes, in advance for the period that begins with `next`. `target` is the
 * subscription on the new plan.
 */
export async function changeHeldLines(
  tx: Tx,
  context: Context,
  { subscription, target }: { readonly subscription: Priced; readonly target: Priced },
  closed: ClosedWindow,
  next: WindowPlan,
): Promise<{ readonly trueUps: DraftLine[]; readonly advances: DraftLine[] }> {
  const period = endedPeriod(closed.window, context.today)
  const steps = await openSteps(tx, context, subscription, period)
  return {
    trueUps: await trueUpLines(tx, context, subscription, closed, period, steps),
    advances: await advances(tx, context, target, next, await heldNow(tx, context, subscription.id)),
  }
}

/** Settles what `changeHeldLines` billed: no increase of before is billed again, and marks start at what is held now. */
export async function settleChangedHeld(
  tx: Tx,
  { org, today }: Context,
  subscriptionId: string,
  window: WindowPlan,
): Promise<void> {
  await settleSteps(tx, org.id, subscriptionId, reachOf(endedPeriod(window, today)), window.number)
  await restartMarks(tx, org.id, subscriptionId, today)
}

/** What is held now, in advance for the period that begins with `window`: a first one, or one that was not planned. */
export async function firstHeldLines(
  tx: Tx,
  context: Context,
  subscription: Priced,
  window: WindowPlan,
): Promise<DraftLine[]> {
  await restartMarks(tx, context.org.id, subscription.id, context.today)
  return heldInAdvance(tx, context, subscription, window)
}

/** The same without beginning the period: what it would cost. */
export async function heldInAdvance(
  tx: Tx,
  context: Context,
  subscription: Priced,
  window: WindowPlan,
): Promise<DraftLine[]> {
  return advances(tx, context, subscription, window, await heldNow(tx, context, subscription.id))
}

/**
 * A period begins today that did not follow the one before: increases are counted from what is held now, and those of the
 * time before `window` that nobody billed are forgiven.
 */
export async function restartHeld(
  tx: Tx,
  { org, today }: Context,
  subscriptionId: string,
  window: WindowPlan,
): Promise<void> {
  await settleSteps(tx, org.id, subscriptionId, today.add({ days: 1 }), window.number - 1)
  await restartMarks(tx, org.id, subscriptionId, today)
}

async function heldNow(
  tx: Tx,
  { org, today }: Context,
  subscriptionId: string,
): Promise<ReadonlyMap<string, CountedHeld>> {
  const tomorrow = today.add({ days: 1 })
  return (await heldAtStartOf(tx, org.id, [subscriptionId], tomorrow)).get(subscriptionId) ?? new Map()
}

async function advances(
  tx: Tx,
  { org, now }: Context,
  subscription: Priced,
  window: WindowPlan,
  held: ReadonlyMap<string, CountedHeld>,
  catalogue = new Catalogue(org.id),
): Promise<DraftLine[]> {
  if (window.kind !== 'paid' || held.size === 0) return []
  const sinceRevision = await catalogue.revision(tx, now)
  const scope = { sinceRevision, before: now, region: regionOf(subscription) }
  const { id, planId } = subscription
  const addons = (await findActiveAddons(tx, org.id, [id])).get(id) ?? []
  const terms = await catalogue.termsWith(tx, planId, addons, scope)
  const pricing = pricingOf(subscription)
  const windows = windowsPerPeriod[pricing.billingInterval]
  return terms.flatMap((one) => {
    const counted = held.get(one.featureId)
    const advance = counted && heldAdvance(one, counted.current, window, pricing)
    if (!advance) return []
    const from = { termsRevision: Number(sinceRevision), heldEvent: Number(counted.number) }
    return [{ ...advance, basis: { kind: 'held', ...from, windows } }]
  })
}

async function trueUps(
  tx: Tx,
  context: Context,
  subscription: Priced,
  closed: ClosedWindow,
  endsOn: Temporal.PlainDate,
): Promise<DraftLine[]> {
  const { window } = closed
  if (window.kind !== 'paid') return []
  const period: EndedPeriod = { ...heldPeriod(window), endsOn }
  const steps = await openSteps(tx, context, subscription, period)
  if (steps.length === 0) return []
  const lines = await trueUpLines(tx, context, subscription, closed, period, steps)
  await settleSteps(tx, context.org.id, subscription.id, reachOf(period), window.number)
  return lines
}

/** The period of a window that ends today, or as it was planned when that is sooner. */
function endedPeriod(window: WindowPlan, today: Temporal.PlainDate): EndedPeriod {
  const period = heldPeriod(window)
  return { ...period, endsOn: isBefore(today, period.end) ? today : period.end }
}

/** The day before which increases are settled with a period: one on the day it ends early has no day left to bill. */
function reachOf({ end, endsOn }: EndedPeriod): Temporal.PlainDate {
  return endsOn.equals(end) ? endsOn : endsOn.add({ days: 1 })
}

function openSteps(tx: Tx, { org }: Context, { id }: Priced, period: EndedPeriod): Promise<HeldStepRecord[]> {
  return findUnsettledSteps(tx, org.id, id, reachOf(period))
}

async function trueUpLines(
  tx: Tx,
  { org }: Context,
  subscription: Priced,
  closed: ClosedWindow,
  period: EndedPeriod,
  steps: readonly HeldStepRecord[],
): Promise<DraftLine[]> {
  if (closed.window.kind !== 'paid' || steps.length === 0) return []
  const byWindow = await termsOfPeriod(tx, org.id, subscription, closed)
  const pricing = pricingOf(subscription)
  return steps.flatMap((step) => {
    const windows = byWindow.filter(({ terms }) => terms.featureId === step.featureId)
    const trueUp = heldTrueUp(step, windows, period, pricing)
    if (!trueUp) return []
    const basis = { step: Number(step.number), windows: windowsPerPeriod[pricing.billingInterval] }
    return [{ ...trueUp, basis: { kind: 'step', ...basis } }]
  })
}

// The terms of every window of the period that ends: the closed one and, in a quarter or a year, those before it.
async function termsOfPeriod(
  tx: Tx,
  orgId: string,
  subscription: Priced,
  { window, terms }: ClosedWindow,
): Promise<WindowTerms[]> {
  const region = regionOf(subscription)
  const { start } = heldPeriod(window)
  const ofClosed = terms.map((one) => ({ windowNumber: window.number, terms: one }))
  if (start.equals(window.startsOn)) return ofClosed
  const numbers = { from: window.number - mostWindowsPerPeriod, to: window.number - 1 }
  const earlier = await findWindows(tx, orgId, subscription.id, numbers)
  const since = [{ subscriptionId: subscription.id, since: numbers.from }]
  const addons = (await findAddonsSince(tx, orgId, since)).get(subscription.id) ?? []
  const all: WindowTerms[] = []
  for (const { number, planId, termsRevision, endsOn } of windowsBefore(window, earlier)) {
    const scope = { sinceRevision: termsRevision, before: startInstant(endsOn), region }
    const had = { planId, addons: hadIn(addons, number) }
    for (const one of await loadTerms(tx, orgId, had, scope)) all.push({ windowNumber: number, terms: one })
  }
  return [...all, ...ofClosed]
}

function pricingOf({ id, billingInterval, currency: code }: Priced): HeldPricing {
  assert(billingInterval, `subscription ${id} is paid at an interval`)
  return { billingInterval, currency: currency(code) }
}
