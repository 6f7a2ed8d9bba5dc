import assert from 'node:assert/strict'
import { tellRevoked } from '#billing/actions/revoke-plan-change.ts'
import { nextDue } from '#billing/next-due.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { queueMail } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import type { Changing } from '#subscriptions/actions/begin-plan-change.ts'
import { type HeldSeats, seatsBeyond } from '#subscriptions/plan-change.ts'
import { planChangeScheduledData } from '#subscriptions/plan-change-events.ts'
import { type SubscriptionRecord, updateSubscription } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A change that waits for the end of the period or trial. */
export type Scheduled = Changing & {
  readonly subscription: SubscriptionRecord
  readonly on: Temporal.PlainDate
  /** Seats that are held beyond what the plan will include. */
  readonly seatsBeyond: HeldSeats | null
}

/** Notes a change for the end of the period or trial, in place of one that was noted before. */
export async function schedulePlanChange(tx: Tx, context: Context, changing: Changing): Promise<Scheduled> {
  const { org, now } = context
  const { subscription, customer, decided } = changing
  const { from, to, target, seats } = decided
  const on = subscription.periodEnd
  assert(on, `subscription ${subscription.id} has a period that ends`)
  const change = {
    scheduledPlanId: target.planId,
    scheduledPriceId: target.priceId,
    scheduledInterval: target.billingInterval,
    scheduledAt: now,
  }
  const scheduled = await updateSubscription(tx, org.id, subscription.id, {
    ...change,
    // To a free plan there is no renewal to announce; from one that was scheduled before there is again.
    dueAt: nextDue({ ...subscription, ...change }, now),
    updatedAt: now,
  })
  await tellRevoked(tx, context, subscription, customer)
  const about = { subscription: scheduled, customerId: publicCustomerId(customer) }
  const data = planChangeScheduledData(about, from, { plan: to, billingInterval: target.billingInterval, on })
  await recordEvent(tx, context, 'subscription.plan_change_scheduled', customer.id, data)
  await queueMail(tx, context, customer.id, 'subscription_changed', {
    from: from.name,
    to: to.name,
    effectiveOn: on.toString(),
    isScheduled: true,
  })
  return { ...changing, subscription: scheduled, on, seatsBeyond: seatsBeyond(seats, false) }
}
