import type { ProblemCode } from '#problem.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import { type BillingInterval, isRecurring } from '#time/interval.ts'

/** What becomes of a change that takes effect at once; the first two are open. */
export const planChangeStates = ['charging', 'awaiting', 'applied', 'declined', 'dropped'] as const
export type PlanChangeState = (typeof planChangeStates)[number]

/** A plan of a group. `place` is its position there, lowest first. */
export type PlacedPlan = {
  readonly planId: string
  readonly groupId: string | null
  readonly place: number
  readonly isFree: boolean
}

/** A plan at an interval, as a place one can change from or to. The interval is null on free plans. */
export type PlanPlace = PlacedPlan & { readonly billingInterval: BillingInterval | null }

export type Running = PlanPlace & {
  readonly status: SubscriptionStatus
  readonly hasOpenDispute: boolean
  readonly isCancellationScheduled: boolean
  /** What is scheduled already. */
  readonly scheduled: { readonly planId: string; readonly billingInterval: BillingInterval | null } | null
}

export type Refusal = { readonly kind: 'refused'; readonly code: ProblemCode; readonly message: string }

/** When a change takes effect (subscriptions.md, Changing plan). */
export type ChangeTiming =
  /** A free customer pays first. */
  | { readonly kind: 'checkout' }
  /** At once; `isPaid` when the target has a price. */
  | { readonly kind: 'now'; readonly isPaid: boolean }
  /** At the end of the paid period, or of the trial. */
  | { readonly kind: 'period_end' }
  | Refusal

const lengths: Readonly<Record<Exclude<BillingInterval, 'one_time'>, number>> = {
  weekly: 0,
  monthly: 1,
  quarterly: 2,
  yearly: 3,
}

/**
 * Decides when a change of plan or interval takes effect, or why it cannot. Refusals in this order: how the subscription
 * stands, the target plan, its interval, what is scheduled.
 */
export function decideTiming(running: Running, target: PlanPlace): ChangeTiming {
  const refusal = refuseStanding(running) ?? refusePlan(running, target) ?? refuseInterval(running, target)
  if (refusal) return refusal
  const timing = timingOf(running, target)
  return timing.kind === 'period_end' ? (refuseSchedule(running, target) ?? timing) : timing
}

/** Why no change of the subscription is possible at all. */
export function refuseStanding({ status, hasOpenDispute }: Running): Refusal | null {
  if (status !== 'active' && status !== 'trialing') {
    return refused(
      'subscription_not_active',
      `A subscription that is ${status} cannot change its plan. ${remedies[status]}`,
    )
  }
  if (!hasOpenDispute) return null
  const message = 'A payment of this subscription is disputed. Its plan can change once the dispute is resolved.'
  return refused('subscription_has_open_dispute', message)
}

const remedies: Readonly<Record<Exclude<SubscriptionStatus, 'active' | 'trialing'>, string>> = {
  draft: 'It has not begun yet: cancel it and subscribe to the other plan.',
  pending_payment: 'Nothing is paid yet: subscribe to the other plan and its checkout takes the place of this one.',
  past_due: 'Pay its outstanding invoice first.',
  canceled: 'Subscribe to the other plan instead.',
}

/** Why a plan cannot be reached from the running one, whatever its interval. */
export function refusePlan(running: PlacedPlan, target: PlacedPlan): Refusal | null {
  if (running.planId === target.planId || (running.groupId !== null && running.groupId === target.groupId)) return null
  const message = 'Customers change between plans of one plan group. Add both plans to one group first.'
  return refused('plans_not_in_same_group', message)
}

function refuseInterval(running: PlanPlace, target: PlanPlace): Refusal | null {
  if (running.planId === target.planId && running.billingInterval === target.billingInterval) {
    return refused('no_change_requested', 'The subscription has this plan and this interval already.')
  }
  const [from, to] = [running.billingInterval === 'one_time', target.billingInterval === 'one_time']
  if (from && target.isFree) {
    return refused('validation_error', 'A one-time purchase cannot change to a free plan.')
  }
  if (from !== to && !running.isFree && !target.isFree) return oneTimeRefusal
  if (from && target.place <= running.place) {
    return refused('validation_error', 'A one-time purchase can only change to a later plan of its group.')
  }
  return null
}

const oneTimeRefusal = refused(
  'validation_error',
  'A one-time purchase and a recurring subscription cannot change into each other.',
)

function refuseSchedule(running: Running, target: PlanPlace): Refusal | null {
  if (running.isCancellationScheduled) {
    const message =
      'The subscription is scheduled to end before this change would take effect. Take the cancellation back first.'
    return refused('already_scheduled', message)
  }
  const { scheduled } = running
  if (scheduled?.planId !== target.planId || scheduled.billingInterval !== target.billingInterval) return null
  return refused('already_scheduled', 'This change is scheduled already.')
}

/** A price one can ask for. */
type Offered = { readonly billingInterval: BillingInterval; readonly isDefault: boolean }

/**
 * The price of a plan that a change means: of the interval that was asked for, else of the running one, for free customers the
 * default one. Refuses where the plan has no such price.
 */
export function chooseInterval<P extends Offered>(
  running: Pick<PlanPlace, 'isFree' | 'billingInterval'>,
  wanted: BillingInterval | undefined,
  prices: readonly P[],
): P | Refusal {
  const interval = wanted ?? running.billingInterval
  const found = prices.find((price) => (interval === null ? price.isDefault : price.billingInterval === interval))
  if (found) return found
  if (interval === null) {
    return refused('no_prices_configured', 'The plan has no price yet. Add one before customers change to it.')
  }
  // Whoever asks for no interval and finds only the other kind has asked for what is not possible.
  const isOneTime = interval === 'one_time'
  const isOtherKind = prices.length > 0 && prices.every((price) => isRecurring(price.billingInterval) === isOneTime)
  const wasOneTime = running.billingInterval === 'one_time'
  if ((wanted === undefined && isOtherKind) || (!running.isFree && wasOneTime !== isOneTime)) return oneTimeRefusal
  return refused(
    'price_not_found',
    `The plan has no ${interval} price. Ask for one of its intervals, or add the price.`,
  )
}

export function isRefusal(value: object): value is Refusal {
  return 'kind' in value && value.kind === 'refused'
}

function timingOf(running: PlanPlace, target: PlanPlace): Exclude<ChangeTiming, Refusal> {
  if (running.isFree) return target.isFree ? { kind: 'now', isPaid: false } : { kind: 'checkout' }
  if (target.isFree) return { kind: 'period_end' }
  return isUpgrade(running, target) ? { kind: 'now', isPaid: true } : { kind: 'period_end' }
}

// A longer interval, or a later plan at the same one.
function isUpgrade(running: PlanPlace, target: PlanPlace): boolean {
  const step = lengthOf(target) - lengthOf(running)
  return step > 0 || (step === 0 && target.place > running.place)
}

function lengthOf({ billingInterval }: PlanPlace): number {
  return billingInterval === null || billingInterval === 'one_time' ? 0 : lengths[billingInterval]
}

function refused(code: ProblemCode, message: string): Refusal {
  return { kind: 'refused', code, message }
}

/** Seats that are held, beside what the target plan includes of them. */
export type HeldSeats = {
  readonly code: string
  readonly name: string
  readonly held: bigint
  readonly included: bigint
  readonly isUnlimited: boolean
  /** Whether the plan sells seats beyond what it includes. */
  readonly isSoldBeyond: boolean
}

/** The first feature of which more seats are held than a plan includes; with `isSoldBeyond` false only those it cannot take. */
export function seatsBeyond(seats: readonly HeldSeats[], onlyUnsold: boolean): HeldSeats | null {
  const beyond = seats.find(
    ({ held, included, isUnlimited, isSoldBeyond }) => !isUnlimited && held > included && !(onlyUnsold && isSoldBeyond),
  )
  return beyond ?? null
}

/** What a change leads to: a plan at a price; both null where it is free. */
export type ChangeTarget = {
  readonly planId: string
  readonly planName: string
  readonly priceId: string | null
  readonly billingInterval: BillingInterval | null
  /** Minor units of the subscription's currency. */
  readonly basePrice: bigint
}

export const nothingScheduled = {
  scheduledPlanId: null,
  scheduledPriceId: null,
  scheduledInterval: null,
  scheduledAt: null,
} as const

/** What changes of a subscription with its plan, beside its periods: discounts and what was scheduled end with the old plan. */
export function switchTo(target: ChangeTarget, name: { readonly now: string; readonly ofOldPlan: string }) {
  return {
    planId: target.planId,
    priceId: target.priceId,
    billingInterval: target.billingInterval,
    basePrice: target.basePrice,
    // A name that somebody chose stays.
    name: name.now === name.ofOldPlan ? target.planName : name.now,
    discountKind: null,
    discountType: null,
    discountValue: null,
    discountName: null,
    discountCycles: null,
    discountCyclesUsed: 0,
    promoCodeId: null,
    ...nothingScheduled,
  }
}
