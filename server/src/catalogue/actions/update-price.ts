import { grantRaisedFunds } from '#catalogue/actions/grant-raised.ts'
import { requirePlan, requirePrice } from '#catalogue/actions/require-entry.ts'
import { type Changes, withChanges } from '#catalogue/changes.ts'
import { checkPrice, type IntroOffer, type PlanPrice, type PriceSettings } from '#catalogue/plan-price.ts'
import { updatePrice as savePrice, setDefaultPrice, unsetDefaultPrice } from '#catalogue/prices.store.ts'
import { refuseFields } from '#catalogue/refuse-fields.ts'
import { loadRegionalPricing } from '#catalogue/regional-prices.store.ts'
import { checkLocalAmounts, noRegionalPricing } from '#catalogue/regional-pricing.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { invalidField } from '#problem.ts'

export type PriceChanges = Changes<Omit<PriceSettings, 'introOffer'>> & {
  readonly introOffer?: Changes<IntroOffer> | undefined
  readonly isDefault?: boolean | undefined
}

/** Changes a price; an intro offer is changed field by field. A plan with prices always keeps a default one. */
export async function updatePrice(
  tx: Tx,
  context: Context,
  input: { plan: string; priceId: string; changes: PriceChanges },
): Promise<PlanPrice> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const plan = await requirePlan(tx, org.id, input.plan)
  const price = await requirePrice(tx, org.id, plan, input.priceId)
  const { isDefault, introOffer, ...changes } = input.changes
  const offer = withChanges(price.introOffer, introOffer ?? {})
  const changed = withChanges<PlanPrice>(price, { ...changes, introOffer: offer })
  refuseFields(checkPrice(plan, price.billingInterval, changed))
  const pricing = (await loadRegionalPricing(tx, org.id, [plan.id])).get(plan.id) ?? noRegionalPricing
  refuseFields(checkLocalAmounts(changed, pricing, 'price'))
  if (price.isDefault && isDefault === false) {
    throw invalidField(
      'isDefault',
      'A plan with prices always has a default one. Make another price the default instead.',
    )
  }
  if (!price.isDefault && isDefault) {
    await unsetDefaultPrice(tx, org.id, plan.id, now)
    await setDefaultPrice(tx, org.id, price.id, now)
  }
  const saved = await savePrice(tx, org.id, price.id, changed, now)
  await grantRaisedFunds(tx, context, { price, pricing }, { price: saved, pricing })
  return saved
}
