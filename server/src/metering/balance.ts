import type { Quantity } from '#money/quantity.ts'
import { type Rate, rateCostUp } from '#money/rate.ts'
import type { WindowKind } from '#subscriptions/schedule.ts'

/** What a usage takes from a balance, rate scale, rounded up. */
export function balanceCost(value: Quantity, unitPrice: Rate): Rate {
  return rateCostUp(value, unitPrice)
}

/** Whether usage beyond the balance is accepted and billed: on paid windows of plans that do not block, never in a trial. */
export function mayOverdraw(plan: { readonly blockOnExhaustion: boolean }, windowKind: WindowKind): boolean {
  return windowKind === 'paid' && !plan.blockOnExhaustion
}

/** What a balance is short of, rate scale; 0 where it is not. */
export function overdraftOf(balance: Rate): Rate {
  return balance < 0n ? -balance : 0n
}

/** An overdraft ends where JSON's whole numbers do. */
export const deepestOverdraft: Rate = 9_007_199_254_740_991n
