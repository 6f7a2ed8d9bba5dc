import assert from 'node:assert/strict'
import { type Discount, discountOn, isRunning } from '#billing/charges/discount.ts'
import { meteredOverage } from '#billing/charges/metered-overage.ts'
import { overdraftLine } from '#billing/charges/overdraft.ts'
import { planBase } from '#billing/charges/plan-base.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { DraftLine, InvoiceCause, InvoiceType } from '#invoicing/invoice-draft.ts'
import type { ListedPrice } from '#invoicing/line-basis.ts'
import { heldPeriod } from '#metering/held.ts'
import type { KeptCap } from '#metering/spend-cap.ts'
import { type Currency, minimumCharge } from '#money/currency.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** A window nothing more is counted in: the terms that held in it, folded (catalogue.md), and what was used, by feature id. */
export type ClosedWindow = {
  readonly window: WindowPlan
  readonly terms: readonly FeatureTerms[]
  readonly used: ReadonlyMap<string, Quantity>
  /** What the balance was short of, rate scale; null on metered plans. */
  readonly ledger: { readonly overdraft: Rate } | null
  /** The spend caps that stood before anything was used; none when absent. */
  readonly caps?: readonly KeptCap[]
}

/** Everything a window's end is priced from. Amounts are minor units of `currency`. */
export type WindowFacts = ClosedWindow & {
  readonly currency: Currency
  /** The window that follows. */
  readonly next: WindowPlan
  /** The base of the period that begins with `next`; null when none begins. */
  readonly base: Base | null
  /** True-ups and advances of seats and quota, which are priced from what was held. */
  readonly held?: readonly DraftLine[]
  /** Bases of add-ons for the period that begins with `next`; none when absent. */
  readonly addons?: readonly DraftLine[]
  /** Lines that were too small to charge before. */
  readonly waiting: readonly DraftLine[]
  /** Whether the customer pays in a checkout: what is due there is never too little to be asked for. */
  readonly isCheckout: boolean
}

export type Base = {
  readonly planName: string
  readonly price: bigint
  /** Where the price is from, so that the line can be explained; null when that is not known any more. */
  readonly listed: ListedPrice | null
  readonly discount: Discount | null
}

export type InvoiceBill = {
  readonly kind: 'invoice'
  readonly type: InvoiceType
  readonly cause: InvoiceCause
  readonly lines: readonly DraftLine[]
  readonly periodStart: Temporal.PlainDate
  readonly periodEnd: Temporal.PlainDate
}

/**
 * What to do with the lines of a window's end: issue an invoice, let them wait for the next one because they are below the
 * currency's minimum charge, forgive them where there is no next one, or nothing.
 */
export type WindowBill =
  | (InvoiceBill & { readonly discountUsed: boolean })
  | { readonly kind: 'wait'; readonly lines: readonly DraftLine[]; readonly discountUsed: boolean }
  | { readonly kind: 'forgive' }
  | { readonly kind: 'nothing' }

/** Prices the end of a window that is followed by another (billing.md, Renewal of a subscription). */
export function billWindow(facts: WindowFacts): WindowBill {
  const overage = [...overageLines(facts, facts.currency), ...(facts.held ?? [])]
  const base = facts.base ? baseLines(facts.base, facts.next) : []
  const ahead = [...base, ...(facts.addons ?? [])]
  const fresh = [...ahead, ...overage]
  const lines = [...ahead, ...facts.waiting, ...overage]
  const discountUsed = base.length > 1
  const total = sumOf(lines)
  if (base.length === 0 && total === 0n) return { kind: 'nothing' }
  const isTooLittle = total > 0n && total < minimumCharge(facts.currency)
  if (isTooLittle && !facts.isCheckout) return { kind: 'wait', lines: fresh, discountUsed }
  return { kind: 'invoice', ...headOf(facts, base.length > 0 || facts.next.kind === 'free'), lines, discountUsed }
}

/** What a subscription that ends is priced from: its last window and, when billing had stopped before, those after it. */
export type FinalFacts = Pick<WindowFacts, 'currency' | 'held' | 'waiting'> & {
  readonly windows: readonly [ClosedWindow, ...ClosedWindow[]]
}

/** The last bill: overage, no base. There is no next invoice to wait for: less than the minimum charge is forgiven. */
export function billFinally(
  { windows, currency, held = [], waiting }: FinalFacts,
  cause: InvoiceCause = 'cancellation',
): InvoiceBill | { readonly kind: 'forgive' } {
  const lines = [...waiting, ...overageOf(windows, currency), ...held]
  const total = sumOf(lines)
  if (total === 0n || total < minimumCharge(currency)) return { kind: 'forgive' }
  const periodStart = windows[0].window.startsOn
  const periodEnd = (windows.at(-1) ?? windows[0]).window.endsOn
  return { kind: 'invoice', type: 'overage', cause, lines, periodStart, periodEnd }
}

/**
 * The last bill of a paid plan that is followed by a free one, like that of a subscription that ends. Add-ons that stay have a
 * bill of their own ({@link billFirstFree}), unless it is too small to be charged.
 */
export function billLastPaid(facts: WindowFacts): WindowBill {
  const {
    currency,
    held = [],
    waiting,
    addons: _addons,
    next: _next,
    base: _base,
    isCheckout: _checkout,
    ...closed
  } = facts
  const small = billFirstFree(facts) ? [] : (facts.addons ?? [])
  const bill = billFinally({ windows: [closed], currency, held, waiting: [...small, ...waiting] }, 'window_end')
  return bill.kind === 'invoice' ? { ...bill, discountUsed: false } : bill
}

/**
 * The add-ons of the first window of a free plan that follows a paid one, billed as all later ones are: declined, they end, and
 * what the paid plan still asks for is no part of it (billing.md, Renewal). Null where there are none, or too little to charge.
 */
export function billFirstFree({ addons = [], next, currency }: WindowFacts): InvoiceBill | null {
  const total = sumOf(addons)
  if (total === 0n || total < minimumCharge(currency)) return null
  const { start: periodStart, end: periodEnd } = heldPeriod(next)
  return { kind: 'invoice', type: 'recurring', cause: 'plan_change', lines: addons, periodStart, periodEnd }
}

/** What usage of some windows comes to beyond what their terms include. */
export function overageOf(windows: readonly ClosedWindow[], currency: Currency): DraftLine[] {
  return windows.flatMap((closed) => overageLines(closed, currency))
}

/** The lines of a first or new period: the base and, while it runs, the discount on it. */
export function baseLines(base: Base, window: WindowPlan): DraftLine[] {
  const baseLine = planBase({ name: base.planName, price: base.price, listed: base.listed }, window)
  return base.discount && isRunning(base.discount) ? [baseLine, discountOn(baseLine, base.discount)] : [baseLine]
}

/** Metered overage and overdraft of a window that is closed, never beyond its spend caps. */
export function overageLines(closed: ClosedWindow, currency: Currency): DraftLine[] {
  const lines = linesOf(closed, currency)
  for (const { featureId, amount } of closed.caps ?? []) {
    const capped = lines.filter((line) => featureId === null || line.featureId === featureId)
    assert(sumOf(capped) <= amount, `window ${closed.window.number} is not billed beyond its spend cap of ${amount}`)
  }
  return lines
}

function linesOf({ window, terms, used, ledger }: ClosedWindow, currency: Currency): DraftLine[] {
  // Overage is off in trials and on free plans (metering.md, Capacity).
  if (window.kind !== 'paid') return []
  // Every unit of a credits or balance plan was paid from its account (metering.md).
  if (ledger) return ledger.overdraft > 0n ? [overdraftLine(ledger.overdraft, window, currency)] : []
  return terms.flatMap((feature) => meteredOverage(feature, used.get(feature.featureId) ?? 0n, window, currency) ?? [])
}

// Recurring invoices show the period they open, overage invoices the window that ended. On a free plan nothing is billed but
// add-ons, for the window they are paid for.
function headOf({ window, next }: WindowFacts, isRecurring: boolean) {
  if (!isRecurring) {
    const period = { periodStart: window.startsOn, periodEnd: window.endsOn }
    return { type: 'overage', cause: 'window_end', ...period } as const
  }
  const cause: InvoiceCause = window.kind === 'trial' ? 'trial_end' : 'window_end'
  const { start, end } = heldPeriod(next)
  const period = { periodStart: start, periodEnd: end }
  return { type: 'recurring', cause, ...period } as const
}

function sumOf(lines: readonly DraftLine[]): bigint {
  return lines.reduce((sum, { amount }) => sum + amount, 0n)
}
