import { tellRevoked } from '#billing/actions/revoke-plan-change.ts'
import type { Tx } from '#database/transaction.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import { nothingScheduled } from '#subscriptions/plan-change.ts'
import { type SubscriptionRecord, updateSubscription } from '#subscriptions/subscriptions.store.ts'

/** Takes a change back that waits for the end of the period. 400 no_change_requested when none waits. */
export async function keepPlan(tx: Tx, context: Context, id: string): Promise<SubscriptionRecord> {
  const { org, now } = context
  const { subscription, customer } = await lockWithCustomer(tx, context, id)
  await refuseWhileChanging(tx, org, id)
  if (subscription.scheduledPlanId === null) {
    throw new Problem('no_change_requested', `No change of plan is scheduled for the subscription ${id}.`)
  }
  const kept = await updateSubscription(tx, org.id, id, { ...nothingScheduled, updatedAt: now })
  await tellRevoked(tx, context, subscription, customer)
  return kept
}
