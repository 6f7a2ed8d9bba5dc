import type { Plan } from '#catalogue/plan.ts'
import { loadRegionalPricing } from '#catalogue/regional-prices.store.ts'
import { currenciesOf, currencyDifference, noRegionalPricing } from '#catalogue/regional-pricing.ts'
import type { Tx } from '#database/transaction.ts'
import { invalidField } from '#problem.ts'

/**
 * Refuses (422 on `field`) a plan that does not support the currencies of a group's plans, free plans aside: they charge
 * nothing in any of them. What was added to one plan after it joined is its own matter.
 */
export async function refuseForeignCurrencies(
  tx: Tx,
  orgId: string,
  field: string,
  plan: Plan,
  others: readonly Plan[],
): Promise<void> {
  const paid = others.filter(({ isFree }) => !isFree)
  if (plan.isFree || paid.length === 0) return
  const pricing = await loadRegionalPricing(
    tx,
    orgId,
    [plan, ...paid].map(({ id }) => id),
  )
  const currencies = (id: string) => currenciesOf(pricing.get(id) ?? noRegionalPricing)
  const { missing, missingInGroup } = currencyDifference(
    currencies(plan.id),
    paid.map(({ id }) => currencies(id)),
  )
  if (missing.length + missingInGroup.length === 0) return
  const faults = [
    ...(missing.length > 0 ? [`the plan ${plan.code} lacks ${missing.join(', ')}`] : []),
    ...(missingInGroup.length > 0 ? [`the plans of the group lack ${missingInGroup.join(', ')}`] : []),
  ]
  throw invalidField(
    field,
    `The plans of a group support the same currencies: ${faults.join(', and ')}. Set them with PUT /plans/{id}/regional.`,
  )
}
