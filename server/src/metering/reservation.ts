import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { TokenUse } from '#metering/token-cost.ts'
import type { Quantity } from '#money/quantity.ts'
import { Problem } from '#problem.ts'

/** Every status a reservation can have. */
export const reservationStatuses = ['held', 'committed', 'released', 'expired'] as const
export type ReservationStatus = (typeof reservationStatuses)[number]

/** What may follow what: a hold ends once. */
export const reservationTransitions = {
  held: ['committed', 'released', 'expired'],
  committed: [],
  released: [],
  expired: [],
} as const satisfies Record<ReservationStatus, readonly ReservationStatus[]>

/** How long capacity is held: at most an hour, five minutes where nobody says. */
export const longestHoldSeconds = 3600
export const usualHoldSeconds = 300

/** The tokens an AI model is expected to use, or used. */
export type TokenCounts = TokenUse & { readonly model: string }

/** Capacity held for usage under way. */
export type Reservation = {
  readonly id: string
  readonly customerId: string
  readonly subscriptionId: string
  readonly featureId: string
  readonly featureCode: string
  /** The window in which it was made. */
  readonly windowNumber: number
  /** What the plan drew on then: `metered` holds units of the window's counter, the others hold funds of the account. */
  readonly model: ConsumptionModel
  readonly status: ReservationStatus
  /** What was asked for. */
  readonly quantity: Quantity
  readonly heldUnits: Quantity
  /** Credits, or rate scale. */
  readonly heldFunds: bigint
  readonly tokens: TokenCounts | null
  readonly ownKey: string | null
  readonly expiresAt: Temporal.Instant
  readonly usageEventId: string | null
  /** What was used in the end. */
  readonly committed: Quantity | null
  readonly settledAt: Temporal.Instant | null
  readonly createdAt: Temporal.Instant
}

/**
 * What a hold is taken from, as the recording statement compares it: units used up to a ceiling, or an account that counts up
 * to zero from what it holds, negatively. What other reservations hold is in `used`; without an edge everything fits.
 */
export type Pool = { readonly used: bigint; readonly edge: bigint | null }

/** Whether an amount fits into a pool; one that would cross its edge does not fit at all. */
export function hasRoom({ used, edge }: Pool, amount: bigint): boolean {
  return edge === null || used + amount <= edge
}

/** What a reservation's status means at a moment: a hold that has run out is over, whether or not it was swept. */
export function statusAt(
  { status, expiresAt }: Pick<Reservation, 'status' | 'expiresAt'>,
  now: Temporal.Instant,
): ReservationStatus {
  return status === 'held' && Temporal.Instant.compare(expiresAt, now) <= 0 ? 'expired' : status
}

/** Why a reservation cannot be committed; undefined when it can. 409 duplicate, invalid_subscription_status. */
export function refuseCommit({ id, ...reservation }: Reservation, now: Temporal.Instant): Problem | undefined {
  const status = statusAt(reservation, now)
  switch (status) {
    case 'held':
      return undefined
    case 'committed':
      return new Problem('duplicate', `The reservation ${id} is committed: usage event ${reservation.usageEventId}.`)
    case 'released':
    case 'expired':
      return new Problem(
        'invalid_subscription_status',
        `The reservation ${id} is ${status} and holds nothing any more. Report the usage as a usage event.`,
      )
    default:
      return status satisfies never
  }
}

/** What releasing a reservation makes of it; unchanged where nothing is held any more. 409 invalid_subscription_status. */
export function decideRelease(reservation: Reservation, now: Temporal.Instant): 'released' | 'expired' | 'unchanged' {
  if (reservation.status === 'committed') {
    throw new Problem(
      'invalid_subscription_status',
      `The reservation ${reservation.id} is committed: usage event ${reservation.usageEventId}. Nothing of it is held.`,
    )
  }
  if (reservation.status !== 'held') return 'unchanged'
  return statusAt(reservation, now) === 'expired' ? 'expired' : 'released'
}

type FundHold = Pick<Reservation, 'id' | 'heldFunds'>

/** What holds keep of an account that has only `room` left, the oldest first; those that keep all are absent. */
export function keepHolds<Hold extends FundHold>(holds: readonly Hold[], room: bigint): (Hold & { kept: bigint })[] {
  let left = room > 0n ? room : 0n
  return holds.flatMap((hold) => {
    const kept = hold.heldFunds < left ? hold.heldFunds : left
    left -= kept
    return kept === hold.heldFunds ? [] : [{ ...hold, kept }]
  })
}

/** What tells one request for a hold from another one. */
export type Wanted = Pick<Reservation, 'customerId' | 'featureCode' | 'quantity' | 'tokens'> & {
  readonly expiresInSeconds: number
}

/** Whether a reservation is the one that is asked for: the same key asks for the same hold again. */
export function isSameHold(reservation: Reservation, wanted: Wanted): boolean {
  const { customerId, featureCode, quantity, tokens, createdAt, expiresAt } = reservation
  return (
    customerId === wanted.customerId &&
    featureCode === wanted.featureCode &&
    expiresAt.epochMilliseconds - createdAt.epochMilliseconds === wanted.expiresInSeconds * 1000 &&
    (tokens === null && wanted.tokens === null
      ? quantity === wanted.quantity
      : textOfTokens(tokens) === textOfTokens(wanted.tokens))
  )
}

function textOfTokens(tokens: TokenCounts | null): string {
  if (!tokens) return ''
  const { model, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = tokens
  return [model, inputTokens, outputTokens, cacheReadTokens ?? 0, cacheWriteTokens ?? 0].join(' ')
}
