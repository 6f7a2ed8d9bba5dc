import { ceilUnits, type Quantity } from '#money/quantity.ts'

/** The two pots of a credits plan. Plan credits end with their window, purchased ones never. */
export type Credits = { readonly plan: bigint; readonly purchased: bigint }

/** What a usage costs, rounded up to whole credits. */
export function creditCost(value: Quantity, creditsPerUnit: bigint): bigint {
  return ceilUnits(value * creditsPerUnit)
}

export function totalCredits({ plan, purchased }: Credits): bigint {
  return plan + purchased
}

/** How an amount is taken: plan credits first, then purchased ones. Null when there are not enough. */
export function takeCredits(held: Credits, amount: bigint): Credits | null {
  if (amount > totalCredits(held)) return null
  const fromPlan = amount < held.plan ? amount : held.plan
  return { plan: fromPlan, purchased: amount - fromPlan }
}
