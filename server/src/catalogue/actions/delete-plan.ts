import { requirePlan } from '#catalogue/actions/require-entry.ts'
import { revokeScheduled } from '#catalogue/actions/revoke-scheduled.ts'
import type { Plan } from '#catalogue/plan.ts'
import { deletePlan as markDeleted } from '#catalogue/plans.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

/**
 * Takes a plan out of the catalogue. Its features, prices and group stay with it for the subscriptions that have it; changes to it
 * that are scheduled are revoked.
 */
export async function deletePlan(tx: Tx, context: Context, input: { plan: string }): Promise<Plan> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  await markDeleted(tx, org.id, plan.id, now)
  await revokeScheduled(tx, context, plan)
  return plan
}
