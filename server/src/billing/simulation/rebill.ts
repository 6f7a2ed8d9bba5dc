import { type Discount, isRunning } from '#billing/charges/discount.ts'
import { heldAdvance } from '#billing/charges/seats-advance.ts'
import { type BilledStep, type EndedPeriod, heldTrueUp, type WindowTerms } from '#billing/charges/seats-true-up.ts'
import {
  heldAtStart,
  heldWhenOpened,
  type OpenedWindow,
  type ReplayedPeriod,
  stepsUnder,
} from '#billing/simulation/held-replay.ts'
import { type PlanDraft, termsUnder } from '#billing/simulation/plan-draft.ts'
import { withinCaps } from '#billing/simulation/within-caps.ts'
import { baseLines, billFinally, billWindow, type ClosedWindow, overageOf } from '#billing/window-bill.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { PastChange } from '#metering/past-usage.ts'
import type { KeptCap } from '#metering/spend-cap.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import type { BillingInterval } from '#time/interval.ts'

/** What ended a window: the next one of the same plan, the subscription's end, or a change of plan that was charged at once. */
export type WindowEndKind = 'renewal' | 'final' | 'change'

/** A base that was charged, with the interval of its price and the discount that was given on it. */
export type PastBase = {
  readonly interval: BillingInterval
  readonly price: bigint
  readonly planName: string
  readonly window: WindowPlan
  readonly discount: Discount | null
}

export type Usage = { readonly terms: readonly FeatureTerms[]; readonly used: ReadonlyMap<string, Quantity> }

/** What seats and quota of a window's end are priced from. */
export type PastHeld = {
  /** Increases that were settled with this window, as they were noted. */
  readonly steps: readonly (BilledStep & { readonly featureId: string })[]
  /** The terms of the windows of the period that ended, in their order, and the period; null where none ended here. */
  readonly ended: { readonly windows: readonly WindowTerms[]; readonly period: EndedPeriod & ReplayedPeriod } | null
  /** The terms the advance of the next period is priced at; null where none begins. */
  readonly next: {
    readonly terms: readonly FeatureTerms[]
    readonly window: WindowPlan
    readonly on: Temporal.PlainDate
  } | null
  /** Every change of each feature's count, by feature id. */
  readonly changes: ReadonlyMap<string, readonly PastChange[]>
}

/** A closed window with everything its bill was made from. */
export type PastWindow = Usage & {
  readonly window: WindowPlan
  readonly end: WindowEndKind
  readonly interval: BillingInterval | null
  /** Used windows after it that billing never opened: a subscription that was past due to its end. */
  readonly later: readonly (Usage & { readonly window: WindowPlan })[]
  /** What the balance was short of under the draft; null on metered plans. */
  readonly overdraft: Rate | null
  readonly held: PastHeld
  /** The base of the period that followed; null where none did. */
  readonly base: PastBase | null
  /** Lines of the same bill that a draft of the plan does not touch: add-ons, and a plan that followed. */
  readonly others: readonly DraftLine[]
  readonly caps: readonly KeptCap[]
  /** Whether the bill was paid in a checkout: it is never too little then. */
  readonly isCheckout: boolean
}

export type Rebilled = {
  /** What would have been invoiced, what had waited included. */
  readonly lines: readonly DraftLine[]
  /** What would have waited for the next invoice. */
  readonly waiting: readonly DraftLine[]
  /** Features used beyond what the draft would have let them. What is beyond costs nothing. */
  readonly refused: number
}

/** Bills a window again under a draft, with the same rules that billed it (window-bill.ts). */
export function rebill(past: PastWindow, draft: PlanDraft, waiting: readonly DraftLine[]): Rebilled {
  const { window, end, others, isCheckout } = past
  const { currency } = draft
  const usages = [past, ...past.later].map((usage) => usageUnder(usage, past, draft))
  const refused = usages.reduce((sum, usage) => sum + usage.refused, 0)
  const closed = usages.map((usage, index): ClosedWindow => {
    const short = past.overdraft === null ? null : { overdraft: index === 0 ? past.overdraft : 0n }
    return { window: past.later[index - 1]?.window ?? window, terms: usage.terms, used: usage.used, ledger: short }
  })
  const [first, ...more] = closed
  if (!first) throw new RangeError('a window that ended is billed')
  const held = [...trueUpsUnder(past, draft), ...advancesUnder(past, draft), ...others]
  if (end === 'renewal') {
    const next = past.base?.window ?? past.held.next?.window ?? window
    const base = past.base && baseUnder(past.base, draft)
    const bill = billWindow({ ...first, currency, next, base, held, waiting, isCheckout })
    if (bill.kind === 'invoice') return { lines: bill.lines, waiting: [], refused }
    return { lines: [], waiting: bill.kind === 'wait' ? [...waiting, ...bill.lines] : waiting, refused }
  }
  // A change of plan that is charged at once is never too little to be asked for.
  if (end === 'change') return { lines: [...waiting, ...overageOf(closed, currency), ...held], waiting: [], refused }
  const last = billFinally({ windows: [first, ...more], currency, held, waiting })
  if (last.kind === 'invoice') return { lines: last.lines, waiting: [], refused }
  return { lines: [], waiting: [], refused }
}

/** The lines of a period that began with a checkout or a reactivation, under a draft. */
export function reopen(
  base: PastBase,
  held: Pick<PastHeld, 'changes'> & {
    readonly terms: readonly FeatureTerms[]
    readonly opened: OpenedWindow
    /** The changes that the bill itself says it counted to, by feature id. */
    readonly counted: ReadonlyMap<string, bigint>
  },
  draft: PlanDraft,
): DraftLine[] {
  const { interval: billingInterval, window } = base
  const advances = termsUnder(held.terms, draft).flatMap((terms) => {
    const changes = held.changes.get(terms.featureId) ?? []
    const billed = changes.find(({ number }) => number === held.counted.get(terms.featureId))
    const count = billed ? billed.current : heldWhenOpened(changes, held.opened)
    const advance =
      count === undefined ? null : heldAdvance(terms, count, window, { billingInterval, currency: draft.currency })
    return advance ? [advance] : []
  })
  return [...baseLines(baseUnder(base, draft), window), ...advances]
}

function baseUnder({ interval, price, planName, discount }: PastBase, draft: PlanDraft) {
  const kept = discount && draft.keepsDiscounts && isRunning(discount) ? discount : null
  return { planName, price: draft.prices.get(interval)?.price ?? price, listed: null, discount: kept }
}

function usageUnder(
  { terms, used }: Usage,
  { window, overdraft, caps }: PastWindow,
  draft: PlanDraft,
): Usage & { readonly refused: number } {
  const drafted = termsUnder(terms, draft)
  // Usage of credits and balance plans was paid from their account, which is replayed by itself.
  if (overdraft !== null || window.kind !== 'paid') return { terms: drafted, used, refused: 0 }
  const off = terms.filter((one) => (used.get(one.featureId) ?? 0n) > 0n && isSwitchedOff(one, drafted)).length
  const accepted = withinCaps(drafted, used, caps, draft.currency)
  return { ...accepted, refused: accepted.refused + off }
}

const isSwitchedOff = ({ featureId }: FeatureTerms, drafted: readonly FeatureTerms[]) =>
  !drafted.some((one) => one.featureId === featureId)

function trueUpsUnder({ window, held, interval }: PastWindow, draft: PlanDraft): DraftLine[] {
  const { ended, steps, changes } = held
  if (!ended || interval === null || window.kind !== 'paid') return []
  const pricing = { billingInterval: interval, currency: draft.currency }
  const byWindow = ended.windows.flatMap(({ windowNumber, terms }) =>
    termsUnder([terms], draft)
      .filter(({ featureId }) => featureId === terms.featureId)
      .map((one) => ({ windowNumber, terms: one })),
  )
  const added = draftedAnew(draft, ended.windows).map((terms) => ({ windowNumber: window.number, terms }))
  const all = [...byWindow, ...added]
  return [...new Set(all.map(({ terms }) => terms.featureId))].flatMap((featureId) => {
    const windows = all.filter(({ terms }) => terms.featureId === featureId)
    const last = windows.at(-1)?.terms
    if (!last) return []
    const own = draft.features.has(featureId)
      ? stepsUnder(last, changes.get(featureId) ?? [], ended.period)
      : steps.filter((step) => step.featureId === featureId)
    return own.flatMap((step) => heldTrueUp(step, windows, ended.period, pricing) ?? [])
  })
}

/** Held features that only the draft has. */
function draftedAnew(draft: PlanDraft, windows: readonly WindowTerms[]): FeatureTerms[] {
  const known = new Set(windows.map(({ terms }) => terms.featureId))
  return termsUnder([], draft).filter(({ featureId, type }) => !known.has(featureId) && type !== 'usage')
}

// In advance at the interval that follows: another one where the interval changed with the period.
function advancesUnder({ held, base, interval: ended }: PastWindow, draft: PlanDraft): DraftLine[] {
  const { next, changes } = held
  const interval = base?.interval ?? ended
  if (!next || interval === null || next.window.kind !== 'paid') return []
  const pricing = { billingInterval: interval, currency: draft.currency }
  return termsUnder(next.terms, draft).flatMap((terms) => {
    const count = heldAtStart(changes.get(terms.featureId) ?? [], next.on)
    return count > 0n ? (heldAdvance(terms, count, next.window, pricing) ?? []) : []
  })
}
