/** A day (`YYYY-MM-DD`) in words: '1 August 2026' or as the language has it. A day has no zone, so none is applied. */
export function formatDay(day: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(`${day.slice(0, 10)}T00:00:00Z`),
  )
}

/** The day on which a moment (ISO 8601) fell in `timeZone`, in words. */
export function formatMoment(moment: string, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }).format(new Date(moment))
}

/** A moment (ISO 8601) to the minute, in UTC and saying so: '1 August 2026 at 12:05 UTC' or as the language has it. */
export function formatMinute(moment: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(new Date(moment))
}

/** A number of days with its noun: '1 day', '14 días'. */
export function formatDays(days: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(days)
}
