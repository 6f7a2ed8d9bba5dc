import { requirePlan } from '#catalogue/actions/require-entry.ts'
import { checkPrice, type PlanPrice } from '#catalogue/plan-price.ts'
import {
  defaultPrice,
  findPriceByInterval,
  insertPrice,
  type NewPrice,
  unsetDefaultPrice,
} from '#catalogue/prices.store.ts'
import { refuseFields } from '#catalogue/refuse-fields.ts'
import { loadRegionalPricing } from '#catalogue/regional-prices.store.ts'
import { checkLocalAmounts, noRegionalPricing } from '#catalogue/regional-pricing.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/** Adds a price to a plan; the first one becomes its default. Refuses a second one per interval with `duplicate`. */
export async function addPrice(
  tx: Tx,
  context: Context,
  input: { plan: string; price: Omit<NewPrice, 'id' | 'planId'> },
): Promise<PlanPrice> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  const { billingInterval } = input.price
  refuseFields(checkPrice(plan, billingInterval, input.price))
  if (await findPriceByInterval(tx, org.id, plan.id, billingInterval)) {
    throw new Problem(
      'duplicate',
      `The plan ${plan.code} has a ${billingInterval} price already. Change that one, or choose another interval.`,
      { param: 'billingInterval' },
    )
  }
  const isFirst = !(await defaultPrice(tx, org.id, plan.id))
  const isDefault = isFirst || input.price.isDefault
  if (isDefault && !isFirst) await unsetDefaultPrice(tx, org.id, plan.id, now)
  const added = await insertPrice(tx, org.id, { ...input.price, id: newId('prc'), planId: plan.id, isDefault }, now)
  const pricing = (await loadRegionalPricing(tx, org.id, [plan.id])).get(plan.id) ?? noRegionalPricing
  refuseFields(checkLocalAmounts(added, pricing, 'price'))
  return added
}
