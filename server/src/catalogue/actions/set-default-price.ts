import { requirePlan, requirePrice } from '#catalogue/actions/require-entry.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { setDefaultPrice as markDefault, unsetDefaultPrice } from '#catalogue/prices.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

/** Makes a price the one that is taken when nobody names an interval. */
export async function setDefaultPrice(
  tx: Tx,
  context: Context,
  input: { plan: string; priceId: string },
): Promise<PlanPrice> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  const price = await requirePrice(tx, org.id, plan, input.priceId)
  if (price.isDefault) return price
  await unsetDefaultPrice(tx, org.id, plan.id, now)
  await markDefault(tx, org.id, price.id, now)
  return { ...price, isDefault: true }
}
