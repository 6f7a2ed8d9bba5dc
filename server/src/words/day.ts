/** A day in full: 'June 16, 2026', '16 de junio de 2026'. */
export function dayText(day: Temporal.PlainDate, locale: string): string {
  return day.toLocaleString(locale, { day: 'numeric', month: 'long', year: 'numeric' })
}

/** A moment (ISO 8601) to the minute in UTC: 'June 16, 2026 at 12:05 UTC', '16 de junio de 2026, 12:05 UTC'. */
export function momentText(moment: string, locale: string): string {
  return Temporal.Instant.from(moment).toLocaleString(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  })
}

/** A day where there is little room: 'Jun 16, 2026', '16 jun 2026'. */
export function shortDayText(day: Temporal.PlainDate, locale: string): string {
  return day.toLocaleString(locale, { day: 'numeric', month: 'short', year: 'numeric' })
}

/** A half-open period by its first and its last day, or the day where it is one. */
export function periodText(start: Temporal.PlainDate, end: Temporal.PlainDate, locale: string): string {
  const last = end.subtract({ days: 1 })
  if (Temporal.PlainDate.compare(last, start) <= 0) return shortDayText(start, locale)
  return `${shortDayText(start, locale)} – ${shortDayText(last, locale)}`
}
