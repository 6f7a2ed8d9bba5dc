import type { ProblemCode } from '#problem.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import type { BillingInterval } from '#time/interval.ts'

/** A plan as a place one can change from or to. `place` is its position in the group, lowest first. */
export type PlanPlace = {
  readonly planId: string
  readonly groupId: string | null
  readonly place: number
  readonly isFree: boolean
  /** Null on free plans. */
  readonly billingInterval: BillingInterval | null
}

export type Running = PlanPlace & {
  readonly status: SubscriptionStatus
  readonly hasOpenDispute: boolean
  readonly isCancellationScheduled: boolean
  /** What is scheduled already. */
  readonly scheduled: { readonly planId: string; readonly billingInterval: BillingInterval | null } | null
}

/** When a change takes effect (subscriptions.md, Changing plan). */
export type ChangeTiming =
  /** A free customer pays first. */
  | { readonly kind: 'checkout' }
  /** At once; `isPaid` when the target has a price. */
  | { readonly kind: 'now'; readonly isPaid: boolean }
  /** At the end of the paid period, or of the trial. */
  | { readonly kind: 'period_end' }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly message: string }

const lengths: Readonly<Record<Exclude<BillingInterval, 'one_time'>, number>> = {
  weekly: 0,
  monthly: 1,
  quarterly: 2,
  yearly: 3,
}

/** Decides when a change of plan or interval takes effect, or why it cannot. Refusals in the order of what they are about. */
export function decideTiming(running: Running, target: PlanPlace): ChangeTiming {
  const refusal = refuse(running, target)
  if (refusal) return refusal
  const timing = timingOf(running, target)
  if (timing.kind !== 'period_end') return timing
  if (running.isCancellationScheduled) {
    return refused('already_scheduled', 'The subscription is scheduled to end before this change would take effect.')
  }
  const { scheduled } = running
  if (scheduled?.planId === target.planId && scheduled.billingInterval === target.billingInterval) {
    return refused('already_scheduled', 'This change is scheduled already.')
  }
  return timing
}

function refuse(running: Running, target: PlanPlace): ChangeTiming | undefined {
  if (running.status !== 'active' && running.status !== 'trialing') {
    return refused('subscription_not_active', `A subscription that is ${running.status} cannot change its plan.`)
  }
  if (running.hasOpenDispute) {
    return refused(
      'subscription_has_open_dispute',
      'A payment of this subscription is disputed; its plan cannot change.',
    )
  }
  const isSamePlan = running.planId === target.planId
  if (isSamePlan && running.billingInterval === target.billingInterval) {
    return refused('no_change_requested', 'The subscription has this plan and this interval.')
  }
  if (!isSamePlan && (running.groupId === null || running.groupId !== target.groupId)) {
    return refused('plans_not_in_same_group', 'Both plans must be in one plan group.')
  }
  return refuseOneTime(running, target)
}

function refuseOneTime(running: Running, target: PlanPlace): ChangeTiming | undefined {
  const from = running.billingInterval === 'one_time'
  const to = target.billingInterval === 'one_time'
  if (from && target.isFree) {
    return refused('validation_error', 'A one-time purchase cannot change to a free plan.')
  }
  if (from !== to && !running.isFree) {
    return refused(
      'validation_error',
      'A one-time purchase and a recurring subscription cannot change into each other.',
    )
  }
  if (from && target.place <= running.place) {
    return refused('validation_error', 'A one-time purchase can only change to a later plan of its group.')
  }
  return undefined
}

function timingOf(running: Running, target: PlanPlace): ChangeTiming {
  if (running.isFree) return target.isFree ? { kind: 'now', isPaid: false } : { kind: 'checkout' }
  if (target.isFree) return { kind: 'period_end' }
  const step = lengthOf(target) - lengthOf(running)
  const isEarlier = step < 0 || (step === 0 && target.place < running.place)
  return isEarlier ? { kind: 'period_end' } : { kind: 'now', isPaid: true }
}

function lengthOf({ billingInterval }: PlanPlace): number {
  return billingInterval === null || billingInterval === 'one_time' ? 0 : lengths[billingInterval]
}

function refused(code: ProblemCode, message: string): ChangeTiming {
  return { kind: 'refused', code, message }
}
