import assert from 'node:assert/strict'
import { findPlansById } from '#catalogue/plans.store.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { planChangeRevokedData } from '#subscriptions/plan-change-events.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** `subscription.plan_change_revoked` of what a subscription had scheduled, if anything; it is dropped or replaced by the caller. */
export async function tellRevoked(
  tx: Tx,
  context: Context,
  before: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<void> {
  const { planId, scheduledPlanId, scheduledInterval } = before
  if (scheduledPlanId === null) return
  const plans = await findPlansById(tx, context.org.id, [planId, scheduledPlanId])
  const [current, plan] = [plans.get(planId), plans.get(scheduledPlanId)]
  assert(current && plan, `the plans of ${before.id} exist`)
  const about = { subscription: before, customerId: publicCustomerId(customer) }
  const data = planChangeRevokedData(about, current, { plan, billingInterval: scheduledInterval })
  await recordEvent(tx, context, 'subscription.plan_change_revoked', customer.id, data)
}
