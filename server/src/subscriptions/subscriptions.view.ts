import type * as z from 'zod'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { Account } from '#metering/ledger.ts'
import type { Quantity } from '#money/quantity.ts'
import { toApiFunds } from '#subscriptions/funds.ts'
import { otherInterval } from '#subscriptions/plan-change-events.ts'
import type {
  CanceledSubscription,
  Subscription,
  UncanceledSubscription,
} from '#subscriptions/subscriptions.contract.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { boundary } from '#time/anchor.ts'
import { isRecurring } from '#time/interval.ts'
import { daysRemaining, isBefore, startInstant } from '#time/period.ts'

/** What a subscription is shown with. */
export type SubscriptionFacts = {
  readonly subscription: SubscriptionRecord
  readonly plan: Plan
  /** The plan that a scheduled change leads to. */
  readonly scheduledPlan: Pick<Plan, 'id' | 'name'> | undefined
  readonly account: Account | undefined
  readonly customerId: string
  readonly checkoutUrl: string | null
  readonly today: Temporal.PlainDate
  readonly livemode: boolean
  /** Given where one subscription is shown, left out of lists. */
  readonly features?:
    | { readonly terms: readonly FeatureTerms[]; readonly used: ReadonlyMap<string, Quantity> }
    | undefined
}

export function toApiSubscription(facts: SubscriptionFacts): z.output<typeof Subscription> {
  const { subscription, plan, customerId, checkoutUrl, today, livemode } = facts
  return {
    id: subscription.id,
    customerId,
    plan: { id: plan.id, name: plan.name, basePrice: subscription.basePrice },
    name: subscription.name,
    description: subscription.description,
    status: subscription.status,
    billingInterval: subscription.billingInterval,
    consumptionModel: plan.consumptionModel,
    trialEndsAt: subscription.trialEndsOn,
    currentPeriod: currentPeriod(subscription, today),
    ...(facts.features
      ? { features: facts.features.terms.map((terms) => toApiFeature(terms, facts.features?.used)) }
      : {}),
    ...toApiFunds(plan.consumptionModel, facts.account, subscription.currency),
    cancellation: toCancellation(subscription),
    cancelAtPeriodEnd: subscription.cancelRequestedAt !== null && subscription.status !== 'canceled',
    scheduledPlanChange: toScheduledChange(facts),
    discount: toDiscount(subscription, today),
    startDate: subscription.startDate,
    endDate: endDate(subscription),
    billingDayOfMonth: subscription.billingDayOfMonth,
    nextBillingDate: nextBillingDate(subscription),
    checkoutUrl,
    checkoutProvider: subscription.provider,
    createdAt: subscription.createdAt,
    updatedAt: subscription.updatedAt,
    object: 'subscription',
    livemode,
  }
}

// Free and one-time plans have no billing period: their current period is the window that resets usage.
function currentPeriod(subscription: SubscriptionRecord, today: Temporal.PlainDate) {
  const { periodStart, periodEnd, windowStart, windowEnd } = subscription
  const period = periodEnd ? { start: periodStart, end: periodEnd } : { start: windowStart, end: windowEnd }
  if (!period.start || !period.end) return null
  return {
    start: period.start,
    end: period.end,
    daysRemaining: daysRemaining({ start: period.start, end: period.end }, today),
  }
}

function toApiFeature(terms: FeatureTerms, used: ReadonlyMap<string, Quantity> | undefined) {
  const about = { code: terms.code, name: terms.name, type: terms.type }
  if (terms.type === 'boolean') return { ...about, enabled: terms.enabled }
  const current = used?.get(terms.featureId) ?? 0n
  const beyond = terms.unlimited || current <= terms.includedAmount ? 0n : current - terms.includedAmount
  return {
    ...about,
    enabled: terms.enabled,
    usage: {
      current,
      included: terms.includedAmount,
      overageQuantity: beyond,
      ...(terms.overageEnabled ? { overageUnitPrice: terms.overageUnitPrice } : {}),
    },
  }
}

function toCancellation({ cancelRequestedAt, cancelEffectiveOn, cancelReason, status }: SubscriptionRecord) {
  if (cancelRequestedAt === null || cancelEffectiveOn === null || status === 'canceled') return null
  return { scheduledAt: cancelRequestedAt, reason: cancelReason, effectiveAt: cancelEffectiveOn }
}

function toScheduledChange({ subscription, scheduledPlan }: SubscriptionFacts) {
  const { planId, billingInterval, scheduledInterval, periodEnd } = subscription
  if (!scheduledPlan || periodEnd === null) return null
  return {
    changeType: scheduledPlan.id === planId ? ('interval_change' as const) : ('plan_downgrade' as const),
    newPlanId: scheduledPlan.id,
    newPlanName: scheduledPlan.name,
    newBillingInterval: otherInterval(billingInterval, scheduledInterval),
    scheduledFor: startInstant(periodEnd),
  }
}

function toDiscount(subscription: SubscriptionRecord, today: Temporal.PlainDate) {
  const { discountType, discountValue, discountName, status } = subscription
  if (discountType === null || discountValue === null) return null
  const endsAt = discountEnd(subscription)
  if (endsAt !== null && (status === 'canceled' || !isBefore(today, endsAt))) return null
  return { type: discountType, value: discountValue, name: discountName, endsAt }
}

function discountEnd({
  discountCycles,
  anchor,
  billingInterval,
  status,
}: SubscriptionRecord): Temporal.PlainDate | null {
  if (discountCycles === null || anchor === null || billingInterval === null || !isRecurring(billingInterval))
    return null
  return status === 'trialing' ? null : boundary(anchor, billingInterval, discountCycles)
}

function endDate({ endedAt, cancelEffectiveOn }: SubscriptionRecord): Temporal.Instant | null {
  if (endedAt) return endedAt
  return cancelEffectiveOn && startInstant(cancelEffectiveOn)
}

function nextBillingDate({ status, periodEnd, cancelRequestedAt }: SubscriptionRecord): Temporal.PlainDate | null {
  const isRunning = status === 'active' || status === 'trialing' || status === 'past_due'
  return isRunning && cancelRequestedAt === null ? periodEnd : null
}

/** The answer of a cancellation; an immediate one is effective now. */
export function toApiCanceled(
  subscription: SubscriptionRecord,
  customerId: string,
  livemode: boolean,
): z.output<typeof CanceledSubscription> {
  const canceledAt = subscription.canceledAt ?? subscription.cancelRequestedAt ?? subscription.updatedAt
  return {
    id: subscription.id,
    customerId,
    status: subscription.status,
    canceledAt,
    cancelReason: subscription.cancelReason,
    scheduledCancellationDate:
      subscription.status === 'canceled' || !subscription.cancelEffectiveOn
        ? canceledAt
        : startInstant(subscription.cancelEffectiveOn),
    updatedAt: subscription.updatedAt,
    object: 'subscription',
    livemode,
  }
}

export function toApiUncanceled(
  subscription: SubscriptionRecord,
  customerId: string,
  livemode: boolean,
): z.output<typeof UncanceledSubscription> {
  return {
    id: subscription.id,
    customerId,
    status: subscription.status,
    updatedAt: subscription.updatedAt,
    object: 'subscription',
    livemode,
  }
}
