/** When a renewal that was declined is tried again: days of 24 hours after the first decline (billing.md, Dunning). */
const retryDays = [1, 3, 5, 7] as const

export const mostRetries = retryDays.length

/** A renewal that was declined. `retries` counts the slots that are used up, by the calendar or by somebody's own try. */
export type Dunning = { readonly firstDeclinedAt: Temporal.Instant; readonly retries: number }

/** The moment of the next try; null when there is none left. The calendar never moves. */
export function nextRetryAt({ firstDeclinedAt, retries }: Dunning): Temporal.Instant | null {
  const days = retryDays[retries]
  return days === undefined ? null : firstDeclinedAt.add({ hours: 24 * days })
}

/** Whether a try that failed was the last one. */
export function isExhausted({ retries }: Dunning): boolean {
  return retries >= mostRetries
}
