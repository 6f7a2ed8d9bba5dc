import { nextRetryAt } from '#billing/dunning.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import { isBefore, startInstant, utcDay } from '#time/period.ts'

/** What decides when the engine has to look at a running subscription again. Days are UTC. */
export type DueState = {
  readonly status: SubscriptionStatus
  readonly windowEnd: Temporal.PlainDate | null
  readonly periodEnd: Temporal.PlainDate | null
  readonly trialEndsOn: Temporal.PlainDate | null
  readonly cancelRequestedAt: Temporal.Instant | null
  /** Ends of trials and periods up to this day were announced, or passed while nothing was to be announced. */
  readonly remindedOn: Temporal.PlainDate | null
  /** A change of plan at the end of the trial or period; without a price it leads to a free plan. */
  readonly scheduledPlanId: string | null
  readonly scheduledPriceId: string | null
  /** A renewal that was declined; null while nothing is. */
  readonly firstDeclinedAt: Temporal.Instant | null
  readonly retries: number
}

/** Trials and periods are announced so many days before they end (billing.md, Trials). */
export const announcedDaysBefore = 3

/** The end that is announced: of a trial, or of a period that is followed by a paid one. Null when nothing is. */
export function announcedEnd(state: DueState): Temporal.PlainDate | null {
  if (state.cancelRequestedAt !== null) return null
  if (state.status === 'trialing') return state.trialEndsOn
  return state.status === 'active' && !leadsToFree(state) ? state.periodEnd : null
}

// A period that is followed by a free plan is not renewed: what its end bills is known only then, and mostly nothing.
function leadsToFree({ scheduledPlanId, scheduledPriceId }: DueState): boolean {
  return scheduledPlanId !== null && scheduledPriceId === null
}

/**
 * How a subscription stands that was past due and is not any more, from `now` on: the renewals that fell due meanwhile follow, and
 * ends that have passed are not announced beside them.
 */
export function activeAgain(state: DueState, now: Temporal.Instant) {
  const today = utcDay(now)
  const { remindedOn } = state
  const standing = {
    status: 'active',
    firstDeclinedAt: null,
    retries: 0,
    declinedInvoiceId: null,
    remindedOn: remindedOn && isBefore(today, remindedOn) ? remindedOn : today,
  } as const
  return { ...standing, dueAt: nextDue({ ...state, ...standing }, now) }
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
  if (end === null || (state.remindedOn && !isBefore(state.remindedOn, end))) return null
  return startInstant(end.subtract({ days: announcedDaysBefore }))
}

function isAtOrBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) <= 0
}

// A slot that passed while the customer was paying is due at once: what happens later is never dated earlier.
function notBefore(at: Temporal.Instant | null, now: Temporal.Instant): Temporal.Instant | null {
  return at && isAtOrBefore(at, now) ? now : at
}
