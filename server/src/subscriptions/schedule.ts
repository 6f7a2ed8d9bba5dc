import { billingPeriod } from '#time/anchor.ts'
import { type BillingInterval, isRecurring } from '#time/interval.ts'
import { isBefore, type Period } from '#time/period.ts'
import { consumptionWindow } from '#time/window.ts'

/** What a window is for: access that was paid, a trial, or a free plan's month. */
export const windowKinds = ['paid', 'trial', 'free'] as const
export type WindowKind = (typeof windowKinds)[number]

/** A consumption window [startsOn, endsOn) in its period; periodEnd is null where no period ends (free and one-time plans). */
export type WindowPlan = {
  readonly number: number
  readonly kind: WindowKind
  readonly startsOn: Temporal.PlainDate
  readonly endsOn: Temporal.PlainDate
  readonly periodStart: Temporal.PlainDate
  readonly periodEnd: Temporal.PlainDate | null
}

/** A running window with what its successor is counted from. `anchor` is the day billing days are counted from. */
export type WindowState = {
  readonly window: WindowPlan
  readonly anchor: Temporal.PlainDate
  readonly billingInterval: BillingInterval | null
  readonly trialEndsOn: Temporal.PlainDate | null
}

/** The first window of access that begins on a day. `trialDays` > 0 begins with a trial. */
export function firstWindow(
  start: { on: Temporal.PlainDate; billingInterval: BillingInterval | null; isFree: boolean; trialDays: number },
  number: number,
): WindowPlan {
  if (start.isFree) return windowOf('free', number, start.on, null, start.on, { start: start.on, end: null })
  if (start.trialDays > 0)
    return trialWindow(number, start.on, start.billingInterval, start.on, start.on.add({ days: start.trialDays }))
  return paidWindow(number, start.on, start.billingInterval, start.on, start.on)
}

/**
 * The window after a running one, with the anchor it is counted from. The day a trial ends is the anchor of what is paid
 * (billing.md, Trials). Boundaries are counted from the anchor each time: 31 January, 28 February, 31 March.
 */
export function nextWindow(state: WindowState): WindowPlan & { readonly anchor: Temporal.PlainDate } {
  const { window, anchor, billingInterval, trialEndsOn } = state
  const number = window.number + 1
  const on = window.endsOn
  if (window.kind === 'free') {
    return { ...windowOf('free', number, anchor, null, on, { start: window.periodStart, end: null }), anchor }
  }
  if (window.kind === 'trial' && trialEndsOn !== null && isBefore(on, trialEndsOn)) {
    return { ...trialWindow(number, anchor, billingInterval, on, trialEndsOn), anchor }
  }
  const paidAnchor = window.kind === 'trial' ? on : anchor
  return {
    ...paidWindow(number, paidAnchor, billingInterval, on, window.kind === 'trial' ? on : window.periodStart),
    anchor: paidAnchor,
  }
}

/**
 * The window after one with which a period or trial ends, on another plan from then on. Billing days stay what they are; weeks,
 * which no month is made of, are counted from the day of the change, and so are the months of a free plan.
 */
export function windowAfterChange(
  state: WindowState,
  target: { readonly isFree: boolean; readonly billingInterval: BillingInterval | null },
): WindowPlan & { readonly anchor: Temporal.PlainDate } {
  const { window, anchor } = state
  const { endsOn: on, number } = window
  const { isFree, billingInterval } = target
  if (isFree) return { ...firstWindow({ on, billingInterval: null, isFree, trialDays: 0 }, number + 1), anchor: on }
  const counted = billingInterval === 'weekly' && state.billingInterval !== 'weekly' ? on : anchor
  return nextWindow({ ...state, anchor: counted, billingInterval })
}

/** Whether the base of a new period is due when this window ends: never on free and one-time plans, always at a trial's end. */
export function endsPeriod(window: WindowPlan): boolean {
  return window.periodEnd !== null && window.endsOn.equals(window.periodEnd)
}

function paidWindow(
  number: number,
  anchor: Temporal.PlainDate,
  interval: BillingInterval | null,
  on: Temporal.PlainDate,
  periodStart: Temporal.PlainDate,
): WindowPlan {
  const period =
    interval !== null && isRecurring(interval) ? billingPeriod(anchor, interval, on) : { start: periodStart, end: null }
  return windowOf('paid', number, anchor, interval, on, period)
}

function trialWindow(
  number: number,
  anchor: Temporal.PlainDate,
  interval: BillingInterval | null,
  on: Temporal.PlainDate,
  endsOn: Temporal.PlainDate,
): WindowPlan {
  const plan = windowOf('trial', number, anchor, interval, on, { start: anchor, end: endsOn })
  return isBefore(endsOn, plan.endsOn) ? { ...plan, endsOn } : plan
}

function windowOf(
  kind: WindowKind,
  number: number,
  anchor: Temporal.PlainDate,
  interval: BillingInterval | null,
  on: Temporal.PlainDate,
  period: { start: Temporal.PlainDate; end: Temporal.PlainDate | null },
): WindowPlan {
  const window: Period = consumptionWindow(anchor, interval, on)
  return { number, kind, startsOn: on, endsOn: window.end, periodStart: period.start, periodEnd: period.end }
}
