import { requirePlan, requirePrice } from '#catalogue/actions/require-entry.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { isPriceInUse, listPrices, deletePrice as markDeleted, setDefaultPrice } from '#catalogue/prices.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/** Deletes a price that no live subscription uses. A default one is succeeded by the oldest that is left. */
export async function deletePrice(
  tx: Tx,
  context: Context,
  input: { plan: string; priceId: string },
): Promise<PlanPrice> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  const price = await requirePrice(tx, org.id, plan, input.priceId)
  if (await isPriceInUse(tx, org.id, price.id)) {
    throw new Problem(
      'price_in_use',
      `Live subscriptions pay this ${price.billingInterval} price of ${plan.code}. Move them to another price first, or hide the plan from new customers with PUT /plans/${plan.code}/visibility.`,
    )
  }
  await markDeleted(tx, org.id, price.id, now)
  if (price.isDefault) {
    const [oldest] = (await listPrices(tx, org.id, [plan.id])).get(plan.id) ?? []
    if (oldest) await setDefaultPrice(tx, org.id, oldest.id, now)
  }
  return price
}
