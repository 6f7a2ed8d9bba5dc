import assert from 'node:assert/strict'
import { addonBases } from '#billing/actions/addon-bases.ts'
import type { AwaitedCheckout } from '#billing/actions/await-checkout.ts'
import { type ClosedWithAddons, closeWindows } from '#billing/actions/close-window.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import { heldAtEnd, renewalHeldLines } from '#billing/actions/held-lines.ts'
import { nextPrice } from '#billing/actions/next-price.ts'
import { openWindows } from '#billing/actions/open-window.ts'
import type { Owed } from '#billing/actions/settle-bills.ts'
import { tellTrialExpired } from '#billing/actions/tell-trial-expired.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import { billWindow, type ClosedWindow, type WindowBill, type WindowFacts } from '#billing/window-bill.ts'
import type { Tx } from '#database/transaction.ts'
import { carryLines } from '#invoicing/carried-lines.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import { endsPeriod, nextWindow, type WindowPlan } from '#subscriptions/schedule.ts'
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
  const billed = ends.map((end) => ({ ...end, bill: billWindow(end.facts) }))
  const going = billed.filter(({ facts }) => !facts.isCheckout)
  const openings = going.map((end) => ({
    subscription: end.due.subscription,
    window: end.facts.next,
    changes: changesOf(end),
  }))
  const running = await openWindows(tx, context, openings, catalogue)
  const owed: Owed[] = []
  for (const [index, end] of going.entries()) {
    const subscription = running[index]
    assert(subscription, 'every window that ended is followed by one')
    const bill = await followUp(tx, context, end, subscription)
    if (bill) owed.push(bill)
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
}
type BilledEnd = WindowEnd & { readonly bill: WindowBill }

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
    const { anchor, ...next } = windowAfter(one.closed, subscription)
    const lines = await renewalHeldLines(tx, context, subscription, one.closed, next, held.get(subscription.id))
    ends.push({ ...(await factsOf(tx, one.due, one.closed, next, lines, catalogue, context.now)), anchor })
  }
  return ends
}

async function factsOf(
  tx: Tx,
  due: Due,
  { addons: had, ...closed }: ClosedWithAddons,
  next: WindowPlan,
  held: readonly DraftLine[],
  catalogue: Catalogue,
  at: Temporal.Instant,
): Promise<Omit<WindowEnd, 'anchor'>> {
  const { subscription, method, waiting } = due
  const plan = await catalogue.plan(tx, subscription.planId)
  const planName = plan?.name ?? subscription.name
  const price = endsPeriod(closed.window) ? await nextPrice(tx, subscription, catalogue, at) : null
  const base = price && { planName, ...price, discount: runningDiscount(subscription) }
  const isTrialOver = closed.window.kind === 'trial' && next.kind === 'paid'
  const isCheckout = isTrialOver && method === undefined
  const addons = await addonBases(tx, subscription, had, [closed.window, next], catalogue)
  const facts = { ...closed, currency: currency(subscription.currency), next, base, addons, held, waiting, isCheckout }
  return { due, facts, isTrialOver, planName, basePrice: price?.price ?? subscription.basePrice }
}

function windowAfter(
  { window }: ClosedWindow,
  { id, anchor, billingInterval, trialEndsOn }: SubscriptionRecord,
): WindowPlan & { readonly anchor: Temporal.PlainDate } {
  assert(anchor, `subscription ${id} has an anchor`)
  return nextWindow({ window, anchor, billingInterval, trialEndsOn })
}

function changesOf({ due: { subscription }, anchor, basePrice, isTrialOver, bill }: BilledEnd): SubscriptionChanges {
  const isDiscountUsed = bill.kind !== 'nothing' && bill.discountUsed
  return {
    anchor,
    basePrice,
    ...(isTrialOver ? { status: 'active', billingDayOfMonth: anchor.day } : {}),
    ...(isDiscountUsed ? { discountCyclesUsed: subscription.discountCyclesUsed + 1 } : {}),
  }
}

async function followUp(
  tx: Tx,
  context: Context,
  { due, bill, facts, isTrialOver, planName }: BilledEnd,
  subscription: SubscriptionRecord,
): Promise<Owed | null> {
  if (isTrialOver) await tellTrialExpired(tx, context, { subscription, customer: due.customer }, planName)
  if (bill.kind === 'wait') await carryLines(tx, context.org.id, subscription.id, bill.lines, context.now)
  if (bill.kind !== 'invoice') return null
  return { due: { ...due, subscription }, bill, windowNumber: facts.window.number, planName, purpose: 'renewal' }
}
