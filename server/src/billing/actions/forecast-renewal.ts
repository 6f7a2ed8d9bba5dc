import assert from 'node:assert/strict'
import { billOf, factsOf, leavesPaid, windowAfter } from '#billing/actions/end-window.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import { heldInAdvance } from '#billing/actions/held-lines.ts'
import { atPeriodEnd, keptAddons, type SwitchedPlan } from '#billing/actions/scheduled-change.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { billFirstFree, type WindowBill } from '#billing/window-bill.ts'
import type { Tx } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionAddon } from '#subscriptions/addons.store.ts'
import { endsPeriod, nextWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { startInstant } from '#time/period.ts'

/**
 * What the end of a running period or trial will charge as things stand, in minor units, and the change that comes with it. `lines`
 * are what it is made of, also where they are too little to be charged by themselves.
 */
export type Forecast = {
  readonly amount: bigint
  readonly lines: readonly DraftLine[]
  readonly switched: SwitchedPlan | null
}

/**
 * Prices the end of the running period or trial as the renewal itself will, with nothing used in its last window: base, discount,
 * add-ons as far as they are not paid for yet, what is held now in advance, and what waits. Usage beyond the plan, seats that were
 * added since, customer credit and tax come on top. Reads only. `addons`: the active ones.
 */
export async function forecastRenewal(
  tx: Tx,
  context: Context,
  due: Due,
  addons: readonly SubscriptionAddon[],
  catalogue: Catalogue,
): Promise<Forecast> {
  const { subscription } = due
  const window = lastOfPeriod(subscription)
  const at = startInstant(window.endsOn)
  const { switched } = await atPeriodEnd(tx, subscription, catalogue, at)
  const target = switched?.subscription ?? subscription
  const { anchor: _anchor, ...next } = windowAfter({ window }, subscription, switched)
  const closed = {
    window,
    terms: [],
    used: new Map(),
    ledger: null,
    addons: await keptAddons(tx, context, switched, addons, catalogue),
  }
  const held = await heldInAdvance(tx, context, target, next)
  const { facts } = await factsOf(tx, due, target, closed, next, held, catalogue, at)
  const first = leavesPaid(facts) ? billFirstFree(facts) : null
  const bills = [billOf({ facts }), ...(first ? [{ ...first, discountUsed: false }] : [])]
  const lines = bills.flatMap((bill) => ('lines' in bill ? bill.lines : []))
  return { amount: bills.reduce((sum, bill) => sum + totalOf(bill), 0n), lines, switched }
}

/** The window with which the running period ends: in a quarter or a year it is mostly not the running one. */
function lastOfPeriod(subscription: SubscriptionRecord): WindowPlan {
  const { id, status, windowNumber: number, windowStart, windowEnd, periodStart, periodEnd } = subscription
  const { anchor, billingInterval, trialEndsOn, priceId } = subscription
  assert(windowStart && windowEnd && periodStart && anchor, `subscription ${id} gives access in a window`)
  const kind = status === 'trialing' ? 'trial' : priceId === null ? 'free' : 'paid'
  let window: WindowPlan = { number, kind, startsOn: windowStart, endsOn: windowEnd, periodStart, periodEnd }
  while (periodEnd !== null && !endsPeriod(window)) {
    const { anchor: _anchor, ...next } = nextWindow({ window, anchor, billingInterval, trialEndsOn })
    window = next
  }
  return window
}

function totalOf(bill: WindowBill): bigint {
  return bill.kind === 'invoice' ? bill.lines.reduce((sum, { amount }) => sum + amount, 0n) : 0n
}
