import type * as z from 'zod'
import type { Plan } from '#catalogue/plan.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { ChangePreview } from '#subscriptions/actions/preview-plan-change.ts'
import type { Scheduled } from '#subscriptions/actions/schedule-plan-change.ts'
import { otherInterval } from '#subscriptions/plan-change-events.ts'
import type { PlanChange, PreviewChange } from '#subscriptions/plan-changes.contract.ts'
import type { PlanChangeRecord } from '#subscriptions/plan-changes.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

type Shown = z.output<typeof PlanChange>
const aboutAll = (livemode: boolean) => ({ object: 'subscription' as const, livemode })

/** A change that took effect now. `creditLeft` is the customer's credit in the subscription's currency, minor units. */
export type AppliedChange = {
  readonly subscription: SubscriptionRecord
  readonly customerId: string
  readonly change: PlanChangeRecord
  readonly from: Plan
  readonly to: Plan
  readonly invoice: {
    readonly id: string
    readonly creditApplied: bigint
    readonly taxAmount: bigint
    readonly total: bigint
  } | null
  readonly creditLeft: bigint
}

export function toApiApplied(applied: AppliedChange, livemode: boolean): Shown {
  const { subscription, customerId, change, from, to, invoice, creditLeft } = applied
  const { credit, charge, toInterval } = change
  const creditsApplied = invoice?.creditApplied ?? 0n
  const net = charge - credit - creditsApplied
  return {
    id: subscription.id,
    scheduled: false,
    customerId,
    newPlanId: to.id,
    newPlanName: to.name,
    ...(toInterval === null ? {} : { newBillingInterval: toInterval }),
    previousPlan: { id: from.id, name: from.name },
    currentPlan: { id: to.id, name: to.name, price: change.basePrice },
    ...(toInterval === null ? {} : { billingInterval: toInterval }),
    billing: {
      credit,
      creditsApplied,
      charge,
      taxAmount: invoice?.taxAmount ?? 0n,
      netAmount: net > 0n ? net : 0n,
      totalCharged: invoice?.total ?? 0n,
      remainingCreditBalance: creditLeft,
    },
    ...(invoice ? { invoiceId: invoice.id } : {}),
    ...aboutAll(livemode),
  }
}

export function toApiCheckout(subscriptionId: string, checkoutUrl: string, livemode: boolean): Shown {
  return { requiresCheckout: true, checkoutUrl, id: subscriptionId, ...aboutAll(livemode) }
}

export function toApiScheduled(scheduled: Scheduled, livemode: boolean): Shown {
  const { subscription, customer, decided, on, seatsBeyond } = scheduled
  const { from, to, target } = decided
  const interval = otherInterval(subscription.billingInterval, target.billingInterval)
  return {
    id: subscription.id,
    scheduled: true,
    scheduledFor: on,
    changeType: from.id === to.id ? 'subscription.interval_change' : 'subscription.plan_downgrade',
    customerId: publicCustomerId(customer),
    newPlanId: to.id,
    newPlanName: to.name,
    ...(interval === null ? {} : { newBillingInterval: interval }),
    previousPlan: { id: from.id, name: from.name },
    currentPlan: { id: from.id, name: from.name, price: subscription.basePrice },
    ...(subscription.billingInterval === null ? {} : { billingInterval: subscription.billingInterval }),
    ...(seatsBeyond
      ? {
          seatLimitWarning: {
            featureCode: seatsBeyond.code,
            featureName: seatsBeyond.name,
            currentSeats: Number(seatsBeyond.held),
            included: Number(seatsBeyond.included),
            newPlanName: to.name,
            effectiveDate: on,
          },
        }
      : {}),
    ...aboutAll(livemode),
  }
}

export function toApiPreview(
  preview: ChangePreview,
  now: Temporal.Instant,
  livemode: boolean,
): z.output<typeof PreviewChange> {
  return {
    currency: preview.currency,
    currentPlanCredit: preview.credit,
    newPlanCharge: preview.basePrice,
    estimatedTotal: preview.total,
    effectiveDate: now,
    daysRemaining: preview.daysRemaining,
    totalDays: preview.totalDays,
    isUpgrade: preview.isUpgrade,
    object: 'subscription',
    livemode,
  }
}
