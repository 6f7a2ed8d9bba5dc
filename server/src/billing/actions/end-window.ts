import assert from 'node:assert/strict'
import { addonBases } from '#billing/actions/addon-bases.ts'
import type { AwaitedCheckout } from '#billing/actions/await-checkout.ts'
import { type ClosedWithAddons, closeWindows } from '#billing/actions/close-window.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import { heldAtEnd, renewalHeldLines } from '#billing/actions/held-lines.ts'
import { nextPrice } from '#billing/actions/next-price.ts'
import { openWindows } from '#billing/actions/open-window.ts'
import { tellRevoked } from '#billing/actions/revoke-plan-change.ts'
import {
  endSwitchedAddons,
  keptAddons,
  type SwitchedPlan,
  scheduledChange,
  tellSwitched,
} from '#billing/actions/scheduled-change.ts'
import type { Owed } from '#billing/actions/settle-bills.ts'
import { tellTrialExpired } from '#billing/actions/tell-trial-expired.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import {
  billFirstFree,
  billLastPaid,
  billWindow,
  type ClosedWindow,
  type WindowBill,
  type WindowFacts,
} from '#billing/window-bill.ts'
import type { Tx } from '#database/transaction.ts'
import { carryLines, forgiveLines } from '#invoicing/carried-lines.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import { nothingScheduled } from '#subscriptions/plan-change.ts'
import { endsPeriod, nextWindow, type WindowPlan, windowAfterChange } from '#subscriptions/schedule.ts'
import type { SubscriptionChanges, SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What is still to be done once every window of the transaction is closed: bills to settle, and checkouts to wait for. */
export type EndedWindows = { readonly owed: readonly Owed[]; readonly checkouts: readonly AwaitedCheckout[] }

/**
 * One due step of each of some subscriptions that go on: their windows ended at `context.now`. Closes them, opens the next ones
 * and gives the bills that are owed for them: none where nothing is owed, or too little.
 */
export async function endWindows(
  tx: Tx,
  context: Context,
  dues: readonly Due[],
  catalogue: Catalogue,
): Promise<EndedWindows> {
  if (dues.length === 0) return { owed: [], checkouts: [] }
  const ends = await gatherEnds(tx, context, dues, catalogue)
  const billed = ends.map((end) => ({ ...end, bill: billOf(end) }))
  const going = billed.filter(({ facts }) => !facts.isCheckout)
  const openings = going.map((end) => ({
    subscription: end.switched?.subscription ?? end.due.subscription,
    window: end.facts.next,
    changes: changesOf(end),
  }))
  const running = await openWindows(tx, context, openings, catalogue)
  const owed: Owed[] = []
  for (const [index, end] of going.entries()) {
    const subscription = running[index]
    assert(subscription, 'every window that ended is followed by one')
    owed.push(...(await followUp(tx, context, end, subscription, catalogue)))
  }
  return { owed, checkouts: billed.filter(({ facts }) => facts.isCheckout) }
}

/** A window's end: what it is priced from, and what becomes of its subscription. */
type WindowEnd = {
  readonly due: Due
  readonly facts: WindowFacts
  readonly anchor: Temporal.PlainDate
  readonly isTrialOver: boolean
  readonly planName: string
  readonly basePrice: bigint
  /** The plan it has from here on, where another one was scheduled. */
  readonly switched: SwitchedPlan | null
  /** A scheduled change whose plan was deleted. */
  readonly isLost: boolean
}
type BilledEnd = WindowEnd & { readonly bill: WindowBill }

/** Prices a window's end. After a paid plan comes a free one: there is no next invoice then. */
export function billOf({ facts }: Pick<WindowEnd, 'facts'>): WindowBill {
  return leavesPaid(facts) ? billLastPaid(facts) : billWindow(facts)
}

/** Whether a paid plan is followed by a free one. */
export const leavesPaid = ({ window, next }: WindowFacts): boolean => window.kind === 'paid' && next.kind === 'free'

async function gatherEnds(tx: Tx, context: Context, dues: readonly Due[], catalogue: Catalogue): Promise<WindowEnd[]> {
  const subscriptions = dues.map(({ subscription }) => subscription)
  const windows = await closeWindows(tx, context, subscriptions, catalogue)
  const closed = dues.flatMap((due, index) => {
    const window = windows[index]
    return window ? [{ due, closed: window }] : []
  })
  const held = await heldAtEnd(
    tx,
    context,
    closed.map((one) => ({ id: one.due.subscription.id, window: one.closed.window })),
  )
  const ends: WindowEnd[] = []
  for (const one of closed) {
    const { subscription } = one.due
    const scheduled = await scheduledChange(tx, subscription, one.closed.window, catalogue)
    const target = scheduled.switched?.subscription ?? subscription
    const { anchor, ...next } = windowAfter(one.closed, subscription, scheduled.switched)
    const ofHeld = { subscription, target, held: held.get(subscription.id) }
    const lines = await renewalHeldLines(tx, context, ofHeld, one.closed, next, catalogue)
    const addons = await keptAddons(tx, context, scheduled.switched, one.closed.addons, catalogue)
    const stays = { ...one.closed, addons }
    ends.push({
      ...(await factsOf(tx, one.due, target, stays, next, lines, catalogue, context.now)),
      anchor,
      ...scheduled,
    })
  }
  return ends
}

/** What a window's end is priced from beside what was used: the base, the add-ons, and what becomes of a trial. */
export async function factsOf(
  tx: Tx,
  due: Due,
  target: SubscriptionRecord,
  { addons: had, ...closed }: ClosedWithAddons,
  next: WindowPlan,
  held: readonly DraftLine[],
  catalogue: Catalogue,
  at: Temporal.Instant,
): Promise<Omit<WindowEnd, 'anchor' | 'switched' | 'isLost'>> {
  const { subscription, method, waiting } = due
  const plan = await catalogue.plan(tx, next.kind === 'free' ? subscription.planId : target.planId)
  const planName = plan?.name ?? subscription.name
  const hasBase = endsPeriod(closed.window) && next.kind !== 'free'
  const price = hasBase ? await nextPrice(tx, target, catalogue, at) : null
  const base = price && { planName, ...price, discount: runningDiscount(target) }
  const isTrialOver = closed.window.kind === 'trial' && next.kind !== 'trial'
  const isCheckout = isTrialOver && next.kind === 'paid' && method === undefined
  const addons = await addonBases(tx, target, had, [closed.window, next], catalogue)
  const facts = { ...closed, currency: currency(subscription.currency), next, base, addons, held, waiting, isCheckout }
  return { due, facts, isTrialOver, planName, basePrice: price?.price ?? target.basePrice }
}

/** The window that follows one that ends, with the anchor it is counted from. */
export function windowAfter(
  { window }: Pick<ClosedWindow, 'window'>,
  { id, anchor, billingInterval, trialEndsOn }: SubscriptionRecord,
  switched: SwitchedPlan | null,
): WindowPlan & { readonly anchor: Temporal.PlainDate } {
  assert(anchor, `subscription ${id} has an anchor`)
  const state = { window, anchor, billingInterval, trialEndsOn }
  if (!switched) return nextWindow(state)
  return windowAfterChange(state, { isFree: switched.changes.priceId === null, ...switched.changes })
}

function changesOf(end: BilledEnd): SubscriptionChanges {
  const { due, anchor, basePrice, isTrialOver, bill, switched, isLost, facts } = end
  const isDiscountUsed = 'discountUsed' in bill && bill.discountUsed
  const billingDay = { billingDayOfMonth: facts.next.kind === 'free' ? null : anchor.day }
  return {
    ...(switched?.changes ?? {}),
    ...(isLost ? nothingScheduled : {}),
    anchor,
    basePrice,
    ...(switched ? billingDay : {}),
    ...(isTrialOver ? { status: 'active', ...billingDay } : {}),
    ...(isDiscountUsed ? { discountCyclesUsed: due.subscription.discountCyclesUsed + 1 } : {}),
  }
}

async function followUp(
  tx: Tx,
  context: Context,
  { due, bill, facts, isTrialOver, planName, switched, isLost }: BilledEnd,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
): Promise<Owed[]> {
  const { customer } = due
  if (isLost) await tellRevoked(tx, context, due.subscription, customer)
  if (isTrialOver) await tellTrialExpired(tx, context, { subscription, customer }, planName)
  if (switched) {
    await endSwitchedAddons(tx, context, switched, { customer, windowNumber: facts.window.number }, catalogue)
    await tellSwitched(tx, context, switched, subscription, customer)
  }
  if (bill.kind === 'forgive') await forgiveLines(tx, context.org.id, subscription.id, context.now)
  if (bill.kind === 'wait') await carryLines(tx, context.org.id, subscription.id, bill.lines, context.now)
  const about = { due: { ...due, subscription }, windowNumber: facts.window.number, planName, isEnd: false }
  const addons = leavesPaid(facts) ? billFirstFree(facts) : null
  const purpose = leavesPaid(facts) ? 'final_invoice' : 'renewal'
  return [
    ...(bill.kind === 'invoice' ? [{ ...about, bill, purpose } as const] : []),
    // What has waited is on the other one.
    ...(addons ? [{ ...about, due: { ...about.due, waiting: [] }, bill: addons, purpose: 'renewal' } as const] : []),
  ]
}
