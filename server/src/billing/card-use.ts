import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import type { BillingInterval } from '#time/interval.ts'
import { isBefore } from '#time/period.ts'

/** What says of a subscription whether its customer's card is charged. Days are UTC. */
export type CardUse = {
  readonly status: SubscriptionStatus
  readonly priceId: string | null
  readonly billingInterval: BillingInterval | null
  readonly periodEnd: Temporal.PlainDate | null
  readonly cancelEffectiveOn: Temporal.PlainDate | null
  readonly scheduledPlanId: string | null
  readonly scheduledPriceId: string | null
}

/**
 * Whether a subscription, as it stands, charges a card on a day or later: not on a free plan, not for a plan that is paid once,
 * and not when it ends, or becomes free, before.
 */
export function isChargedFrom(use: CardUse, day: Temporal.PlainDate): boolean {
  const { status, priceId, billingInterval, periodEnd, cancelEffectiveOn } = use
  if (status !== 'trialing' && status !== 'active' && status !== 'past_due') return false
  if (priceId === null || billingInterval === 'one_time') return false
  if (cancelEffectiveOn !== null && isBefore(cancelEffectiveOn, day)) return false
  const becomesFree = use.scheduledPlanId !== null && use.scheduledPriceId === null
  return !(becomesFree && periodEnd !== null && isBefore(periodEnd, day))
}
