import { isBefore } from '#time/period.ts'

/** The month printed on a card. */
export type CardDate = { readonly expMonth: number; readonly expYear: number }

/** So many days before the end of a card its owner is told of it, the earlier first. */
export const expiryNoticeDays = [30, 7] as const

/** The first UTC day on which a card is good no longer: the one after the month printed on it. */
export function cardEnd({ expMonth, expYear }: CardDate): Temporal.PlainDate {
  return Temporal.PlainDate.from({ year: expYear, month: expMonth, day: 1 }).add({ months: 1 })
}

/** The last UTC day on which a card is good. */
export function lastGoodDay(card: CardDate): Temporal.PlainDate {
  return cardEnd(card).subtract({ days: 1 })
}

/** Whether a card, by the date it has now, ends so soon that its owner is told. Not any more once it has ended. */
export function isEnding(card: CardDate, today: Temporal.PlainDate): boolean {
  const end = cardEnd(card)
  return isBefore(today, end) && !isBefore(today, end.subtract({ days: expiryNoticeDays[0] }))
}

/**
 * The next day after `today` on which the end of a card is told; null when none is left. A card that comes in later than a
 * notice would have been told gets the next one only: whoever has just typed it knows its date.
 */
export function nextExpiryNotice(card: CardDate, today: Temporal.PlainDate): Temporal.PlainDate | null {
  const end = cardEnd(card)
  return expiryNoticeDays.map((days) => end.subtract({ days })).find((day) => isBefore(today, day)) ?? null
}
