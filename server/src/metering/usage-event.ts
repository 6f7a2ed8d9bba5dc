import type { QuotaWatch } from '#metering/quota-watch.ts'
import type { Threshold } from '#metering/thresholds.ts'
import type { TokenCost } from '#metering/token-cost.ts'
import type { Offer } from '#metering/usage-decision.ts'
import type { Quantity } from '#money/quantity.ts'

/** A name and a value that an integrator attaches to an event. */
export type EventProperty = { readonly id: string; readonly property: string; readonly value: string }

/** A recorded usage event. */
export type UsageEvent = {
  readonly id: string
  /** The id its customer is named by in answers. */
  readonly customerId: string
  readonly feature: string
  readonly value: Quantity
  readonly idempotencyKey: string | null
  readonly timestamp: Temporal.Instant
  readonly properties: readonly EventProperty[]
  readonly createdAt: Temporal.Instant
}

/** `cost` in credits or on the rate scale. */
export type Draw = {
  readonly model: 'credits' | 'balance'
  readonly cost: bigint
  readonly currency: string
  /** How far below zero a spend cap lets the balance go, rate scale; absent or null without one. */
  readonly overdraftCap?: bigint | null
}

/** The spend cap (minor units) that limits an event. */
export type AppliedCap = {
  readonly amount: bigint
  readonly currency: string
  /** What is used, where other features of the plan draw on the same cap; null where the ceiling says all. */
  readonly shared: Offer | null
}

/** An event on its way into the database, with all that was believed when it was decided on. */
export type Candidate = {
  readonly event: UsageEvent
  readonly customerId: string
  readonly subscriptionId: string
  readonly featureId: string
  readonly windowNumber: number
  readonly isLate: boolean
  /** What the counter may reach at most; null where nothing limits it. */
  readonly ceiling: Quantity | null
  /** What it takes from the ledger account; null on metered plans. */
  readonly draw: Draw | null
  /** The spend cap that the ceiling or the overdraft's depth comes from. */
  readonly spendCap?: AppliedCap | null
  /** The currency in which units beyond the ceiling have no price, where they would be sold; absent or null elsewhere. */
  readonly unpricedIn?: string | null
  /** The included amount its counter is watched against; null where nobody is told of one. */
  readonly quota: QuotaWatch | null
  /** What an AI model's tokens cost, part by part, as it is kept with the event; null for usage with a fixed price. */
  readonly tokens: TokenCost | null
  /** The side's version and the subscription's epoch that this was decided with. */
  readonly version: bigint
  readonly epoch: bigint
  /** Whether somebody listens to each single use (`usage.recorded`), at that version. */
  readonly isTold?: boolean
  /** The Idempotency-Key of the request with what tells it from another one. */
  readonly request: { readonly key: string; readonly fingerprint: Buffer } | null
}

/** What a recorded event used up, with what is used or left after it. */
export type Exhaustion =
  | { readonly type: 'quota.exceeded'; readonly used: Quantity }
  | { readonly type: Threshold; readonly left: bigint }

/** What became of a candidate. */
export type Outcome =
  | { readonly kind: 'recorded'; readonly exhausts: Exhaustion | null }
  /** The event's own idempotency key was used by an earlier event. */
  | { readonly kind: 'duplicate' }
  /** The same request has recorded an event before. */
  | { readonly kind: 'replay'; readonly eventId: string; readonly recordedAt: Temporal.Instant }
  /** Another request used the Idempotency-Key. */
  | { readonly kind: 'mismatch' }
  /** It would cross the limit; `used` is what the counter held. `cap` is the spend cap that turned out to be the nearest. */
  | { readonly kind: 'refused'; readonly used: Quantity; readonly cap?: bigint }
  /** It costs more than the account holds. */
  | { readonly kind: 'short'; readonly left: bigint }
  /** Too close behind a refused one to be decided with it: try again. */
  | { readonly kind: 'undecided' }
  /** What it was decided with is not true any more. */
  | { readonly kind: 'stale' }
  /** Nobody has opened this counter yet. */
  | { readonly kind: 'missing' }
