/** A day in full: 'June 16, 2026', '16 de junio de 2026'. */
export function dayText(day: Temporal.PlainDate, locale: string): string {
  return day.toLocaleString(locale, { day: 'numeric', month: 'long', year: 'numeric' })
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
