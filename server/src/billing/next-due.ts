import { nextRetryAt } from '#billing/dunning.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import { startInstant } from '#time/period.ts'

/** What decides when the engine has to look at a running subscription again. Days are UTC. */
export type DueState = {
  readonly status: SubscriptionStatus
  readonly windowEnd: Temporal.PlainDate | null
  readonly periodEnd: Temporal.PlainDate | null
  readonly trialEndsOn: Temporal.PlainDate | null
  readonly cancelRequestedAt: Temporal.Instant | null
  /** The end of a trial or period that was announced last. */
  readonly remindedOn: Temporal.PlainDate | null
  /** A renewal that was declined; null while nothing is. */
  readonly firstDeclinedAt: Temporal.Instant | null
  readonly retries: number
}

/** Trials and periods are announced so many days before they end (billing.md, Trials). */
export const announcedDaysBefore = 3

/** The end that is announced: of a trial, or of a period that is followed by another one. Null when nothing is. */
export function announcedEnd(state: DueState): Temporal.PlainDate | null {
  if (state.cancelRequestedAt !== null) return null
  if (state.status === 'trialing') return state.trialEndsOn
  return state.status === 'active' ? state.periodEnd : null
}

/** Whether the coming end is to be announced at this moment: once for each end, and not any more once it is there. */
export function isReminderDue(state: DueState, now: Temporal.Instant): boolean {
  const at = reminderAt(state)
  return (
    at !== null &&
    isAtOrBefore(at, now) &&
    state.windowEnd !== null &&
    !isAtOrBefore(startInstant(state.windowEnd), now)
  )
}

/**
 * The next moment something is due at a subscription with access, seen from `now`: the next try of a renewal that was declined
 * and nothing else meanwhile; otherwise the announcement of its end, or the end of its window. Null for subscriptions that the
 * engine leaves alone.
 */
export function nextDue(state: DueState, now: Temporal.Instant): Temporal.Instant | null {
  const { status, windowEnd, firstDeclinedAt, retries } = state
  if (status === 'past_due') return firstDeclinedAt && notBefore(nextRetryAt({ firstDeclinedAt, retries }), now)
  if ((status !== 'trialing' && status !== 'active') || windowEnd === null) return null
  const end = startInstant(windowEnd)
  const reminder = reminderAt(state)
  if (reminder === null) return end
  const next = isAtOrBefore(reminder, now) ? now : reminder
  return isAtOrBefore(end, next) ? end : next
}

function reminderAt(state: DueState): Temporal.Instant | null {
  const end = announcedEnd(state)
  if (end === null || state.remindedOn?.equals(end)) return null
  return startInstant(end.subtract({ days: announcedDaysBefore }))
}

function isAtOrBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) <= 0
}

// A slot that passed while the customer was paying is due at once: what happens later is never dated earlier.
function notBefore(at: Temporal.Instant | null, now: Temporal.Instant): Temporal.Instant | null {
  return at && isAtOrBefore(at, now) ? now : at
}
