import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import type { BillingInterval } from '#time/interval.ts'

/** A plan as events name it. */
export type NamedPlan = { readonly id: string; readonly name: string }

/** Whose plan changes; `customerId` is the id the customer is named by. */
type About = {
  readonly subscription: {
    readonly id: string
    readonly status: SubscriptionStatus
    readonly billingInterval: BillingInterval | null
  }
  readonly customerId: string
}

const refOf = ({ id, name }: NamedPlan) => ({ id, name })

/** The data of `subscription.plan_changed`; `subscription` is on its new plan, amounts are minor units. */
export function planChangedData(
  { subscription, customerId }: About,
  plans: { readonly previous: NamedPlan; readonly current: NamedPlan },
  billing: { readonly credit: bigint; readonly charge: bigint; readonly totalCharged: bigint },
) {
  return {
    subscriptionId: subscription.id,
    customerId,
    previousPlan: refOf(plans.previous),
    currentPlan: refOf(plans.current),
    billingInterval: subscription.billingInterval,
    credit: Number(billing.credit),
    charge: Number(billing.charge),
    totalCharged: Number(billing.totalCharged),
  }
}

/** A change that waits for the end of a period. */
type Waiting = { readonly plan: NamedPlan; readonly billingInterval: BillingInterval | null }

/** The data of `subscription.plan_change_scheduled`; the interval is told where the change includes one. */
export function planChangeScheduledData(
  { subscription, customerId }: About,
  current: NamedPlan,
  scheduled: Waiting & { readonly on: Temporal.PlainDate },
) {
  return {
    subscriptionId: subscription.id,
    customerId,
    status: subscription.status,
    currentPlan: refOf(current),
    scheduledPlan: refOf(scheduled.plan),
    billingInterval: subscription.billingInterval,
    scheduledBillingInterval: otherInterval(subscription.billingInterval, scheduled.billingInterval),
    effectiveAt: `${scheduled.on.toString()}T00:00:00.000Z`,
  }
}

/** The data of `subscription.plan_change_revoked`. */
export function planChangeRevokedData({ subscription, customerId }: About, current: NamedPlan, revoked: Waiting) {
  return {
    subscriptionId: subscription.id,
    customerId,
    status: subscription.status,
    currentPlan: refOf(current),
    revokedPlan: refOf(revoked.plan),
    billingInterval: subscription.billingInterval,
    revokedBillingInterval: otherInterval(subscription.billingInterval, revoked.billingInterval),
  }
}

/** The interval of a change, null where only the plan changes. */
export function otherInterval(current: BillingInterval | null, next: BillingInterval | null): BillingInterval | null {
  return next === current ? null : next
}
