import { billingPeriod } from '#time/anchor.ts'
import type { BillingInterval, RecurringInterval } from '#time/interval.ts'
import { isBefore, type Period } from '#time/period.ts'

/**
 * The consumption window that contains a day: usage, credits and balance start anew with each. 7 days on weekly plans,
 * one month from the anchor on every other, `null` being the interval of a free plan.
 */
export function consumptionWindow(
  anchor: Temporal.PlainDate,
  interval: BillingInterval | null,
  day: Temporal.PlainDate,
): Period {
  return billingPeriod(anchor, interval === 'weekly' ? 'weekly' : 'monthly', day)
}

/** The consumption window that follows another. */
export function nextWindow(anchor: Temporal.PlainDate, interval: BillingInterval | null, window: Period): Period {
  return consumptionWindow(anchor, interval, window.end)
}

/**
 * Whether a billing period ends on a day, so that the next one is to be billed. Never true on the anchor, which only
 * begins one.
 */
export function isPeriodEnd(anchor: Temporal.PlainDate, interval: RecurringInterval, day: Temporal.PlainDate): boolean {
  return isBefore(anchor, day) && billingPeriod(anchor, interval, day).start.equals(day)
}
