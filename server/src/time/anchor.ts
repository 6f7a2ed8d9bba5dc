import { intervalMonths, type RecurringInterval } from '#time/interval.ts'
import { daysBetween, isBefore, type Period } from '#time/period.ts'

const daysPerWeek = 7
const monthsPerYear = 12

/**
 * The day on which the period number `index` begins; 0 is the anchor itself, and index + 1 is that period's end.
 * Counted from the anchor each time: adding a month to 28 February would forget the 31st.
 */
export function boundary(anchor: Temporal.PlainDate, interval: RecurringInterval, index: number): Temporal.PlainDate {
  if (interval === 'weekly') return anchor.add({ days: daysPerWeek * index })
  return anchor.add({ months: intervalMonths[interval] * index }, { overflow: 'constrain' })
}

/** The billing period that contains a day. Periods before the anchor are tiled the same way. */
export function billingPeriod(
  anchor: Temporal.PlainDate,
  interval: RecurringInterval,
  day: Temporal.PlainDate,
): Period {
  const index = periodIndex(anchor, interval, day)
  return { start: boundary(anchor, interval, index), end: boundary(anchor, interval, index + 1) }
}

/** The number of the billing period that contains a day: 0 for the one that begins at the anchor. */
export function periodIndex(anchor: Temporal.PlainDate, interval: RecurringInterval, day: Temporal.PlainDate): number {
  if (interval === 'weekly') return Math.floor(daysBetween(anchor, day) / daysPerWeek)
  const months = (day.year - anchor.year) * monthsPerYear + day.month - anchor.month
  // The last period that begins in the day's month or before it: at most one too far, when it begins later that month.
  const index = Math.floor(months / intervalMonths[interval])
  return isBefore(day, boundary(anchor, interval, index)) ? index - 1 : index
}
