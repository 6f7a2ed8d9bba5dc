/** Calendar days in UTC, half-open: the end day belongs to the next period. */
export type Period = { readonly start: Temporal.PlainDate; readonly end: Temporal.PlainDate }

/** Calendar days from one day to another; negative when the second is earlier. */
export function daysBetween(from: Temporal.PlainDate, to: Temporal.PlainDate): number {
  return from.until(to, { largestUnit: 'days' }).days
}

/** Calendar days of the period. */
export function periodDays(period: Period): number {
  return daysBetween(period.start, period.end)
}

/** Calendar days from today to the period's end, today included; 0 once it is over. */
export function daysRemaining(period: Period, today: Temporal.PlainDate): number {
  return Math.max(0, daysBetween(today, period.end))
}

export function contains(period: Period, day: Temporal.PlainDate): boolean {
  return !isBefore(day, period.start) && isBefore(day, period.end)
}

/** Whether a day is earlier than another. */
export function isBefore(day: Temporal.PlainDate, other: Temporal.PlainDate): boolean {
  return Temporal.PlainDate.compare(day, other) < 0
}

/** The moment a day begins: 00:00:00.000Z. Periods start and end at such moments. */
export function startInstant(day: Temporal.PlainDate): Temporal.Instant {
  return day.toZonedDateTime('UTC').toInstant()
}

/** The UTC day a moment falls on: the "today" of every billing rule. */
export function utcDay(instant: Temporal.Instant): Temporal.PlainDate {
  return instant.toZonedDateTimeISO('UTC').toPlainDate()
}
