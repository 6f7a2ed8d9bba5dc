import { changeAccess } from '#billing/actions/change-access.ts'
import type { Feature } from '#catalogue/feature.ts'
import { findFeatureByCode } from '#catalogue/features.store.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import type { Tx } from '#database/transaction.ts'
import { lastUsedWindow } from '#metering/counters.store.ts'
import type { CapOwner } from '#metering/spend-cap.ts'
import { deleteCap, lockCaps, saveCap } from '#metering/spend-caps.store.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

export type SpendCapInput = {
  readonly id: string
  readonly owner: CapOwner
  /** Minor units of the subscription's currency; null takes the cap away. */
  readonly amount: bigint | null
  /** Null: for the whole subscription. */
  readonly featureCode: string | null
}

/**
 * Limits what usage may add to the bill of one window. It holds for every process from this commit on: the subscription's epoch
 * moves. 404 subscription_not_found and feature_not_found, 409 subscription_not_active when it is over, 422 for a feature that
 * caps do not reach.
 */
export async function setSpendCap(tx: Tx, context: Context, input: SpendCapInput): Promise<void> {
  const { org, now } = context
  const { subscription } = await lockWithCustomer(tx, context, input.id)
  if (subscription.status === 'canceled') {
    throw new Problem('subscription_not_active', `The subscription ${subscription.id} is canceled.`)
  }
  const feature = input.featureCode === null ? null : await featureOf(tx, org.id, subscription, input)
  const key = { subscriptionId: subscription.id, featureId: feature?.id ?? null, owner: input.owner }
  // Before the counters, like whoever records under a shared cap.
  const caps = await lockCaps(tx, org.id, subscription.id)
  const before = caps.find((cap) => cap.featureId === key.featureId && cap.owner === key.owner)
  // Counters take the new epoch before it is looked at what they hold: nothing is used under the old cap from here on.
  await changeAccess(tx, org.id, subscription.id, { updatedAt: now })
  if (input.amount === null) return deleteCap(tx, org.id, key)
  const isLower = !before || input.amount < before.amount
  const sinceWindow = isLower ? await lastTouched(tx, org.id, subscription) : before.sinceWindow
  await saveCap(tx, org.id, key, { amount: input.amount, sinceWindow, now })
}

// Usage may have reached windows that the billing engine has not opened.
async function lastTouched(tx: Tx, orgId: string, { id, windowNumber }: SubscriptionRecord): Promise<number> {
  return Math.max(windowNumber, (await lastUsedWindow(tx, orgId, id)) ?? 0)
}

async function featureOf(
  tx: Tx,
  orgId: string,
  { planId }: SubscriptionRecord,
  { featureCode, amount }: SpendCapInput,
): Promise<Feature> {
  const feature = await findFeatureByCode(tx, orgId, featureCode ?? '')
  if (!feature) throw new Problem('feature_not_found', `There is no feature with the code ${featureCode}.`)
  if (feature.type !== 'usage') {
    throw invalidField('featureCode', `Spend caps are for usage; ${feature.code} is a ${feature.type} feature.`)
  }
  if (amount === null) return feature
  const plan = (await findPlansById(tx, orgId, [planId])).get(planId)
  if (plan?.consumptionModel !== 'metered') {
    const message = `Only metered plans bill feature by feature. Set the cap for the whole subscription: its ${plan?.consumptionModel} plan has one account for all features.`
    throw invalidField('featureCode', message)
  }
  return feature
}
