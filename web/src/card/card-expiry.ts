import { digitsOf } from './card-number.ts'

export type CardExpiry = { month: number; year: number }

/**
 * What was typed as 'MM/YY' while it grows: '1' stays, '2' becomes '02/', '127' becomes '12/7'.
 * A text that got shorter keeps its end as it is, so that the slash can be deleted.
 */
export function formatExpiry(text: string, previous: string): string {
  const typed = text.normalize('NFKC').trim()
  if (text.length < previous.length) return typed
  const [first = '', second] = typed.split(/[^0-9٠-٩۰-۹]+/, 2)
  // '1/27': the slash says that the month is complete.
  const separated = second !== undefined && digitsOf(first).length === 1
  const digits = separated ? `0${digitsOf(typed)}` : digitsOf(typed)
  const padded = /^[2-9]/.test(digits) ? `0${digits}` : digits
  const month = padded.slice(0, 2)
  const year = padded.slice(2)
  if (month.length < 2) return month
  return `${month}/${year.length > 2 ? year.slice(0, 4).replace(/^20(?=..$)/, '') : year}`
}

/** Month and four-digit year of '01/27', '1/27', '0127', '01 - 2027' or '012027'; undefined for anything else. */
export function parseExpiry(text: string): CardExpiry | undefined {
  const typed = text.normalize('NFKC').trim()
  const apart = /^(\d{1,2})\s*[^\d\s]?\s*(\d{4}|\d{2})$/.exec(typed.replace(/\s+/g, ' '))
  if (!apart) return undefined
  const month = Number(apart[1])
  const year = Number(apart[2])
  if (month < 1 || month > 12) return undefined
  return { month, year: year < 100 ? 2000 + year : year }
}
