import type { Running } from '#metering/access.ts'
import { nextWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import { isBefore, startInstant, utcDay } from '#time/period.ts'

/** The window an event counts in; late when it is not the one its timestamp lies in. */
export type Placement = { readonly window: WindowPlan; readonly isLate: boolean }

/**
 * The window that an event counts in: the one that contains its timestamp, also when the billing engine has not opened it
 * yet. Before the running window everything is billed (or access had not begun): such an event counts in the current window.
 * Null when access ends before the timestamp.
 */
export function placeEvent(running: Running, timestamp: Temporal.Instant, now: Temporal.Instant): Placement | null {
  const ms = timestamp.epochMilliseconds
  if (ms >= running.startsAtMs && ms < running.endsAtMs && !isOver(running, timestamp)) {
    return { window: running.window, isLate: false }
  }
  if (ms < running.startsAtMs) return { window: windowAt(running, now) ?? running.window, isLate: true }
  const window = windowAt(running, timestamp)
  return window && { window, isLate: false }
}

/** The window of now; null when access has ended. */
export function currentPlacement(running: Running, now: Temporal.Instant): Placement | null {
  return placeEvent(running, now, now)
}

/** What windows are counted on from. */
export type WindowCourse = Pick<Running, 'window' | 'anchor' | 'billingInterval' | 'trialEndsOn' | 'cancelEffectiveOn'>

/** The window that contains a moment, counted on from the running one; null when access ends before it. */
export function windowAt(running: WindowCourse, moment: Temporal.Instant): WindowPlan | null {
  if (isOver(running, moment)) return null
  const day = utcDay(moment)
  let state: { window: WindowPlan; anchor: Temporal.PlainDate } = running
  while (!isBefore(day, state.window.endsOn)) {
    const { anchor, ...window } = nextWindow({
      ...state,
      billingInterval: running.billingInterval,
      trialEndsOn: running.trialEndsOn,
    })
    state = { window, anchor }
  }
  return state.window
}

function isOver({ cancelEffectiveOn }: WindowCourse, moment: Temporal.Instant): boolean {
  return cancelEffectiveOn !== null && Temporal.Instant.compare(moment, startInstant(cancelEffectiveOn)) >= 0
}
