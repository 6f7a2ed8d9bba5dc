import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { Account } from '#metering/ledger.ts'

/** What a subscription's plan draws on, as the API shows it; null for what the plan does not draw on. */
export function toApiFunds(model: ConsumptionModel, account: Account | undefined, currency: string) {
  return {
    credits:
      account && model === 'credits'
        ? {
            remaining: account.planCredits + account.purchasedCredits,
            included: account.grantedCredits,
            purchased: account.purchasedCredits,
          }
        : null,
    balance:
      account && model === 'balance'
        ? { remaining: account.balance, included: account.grantedBalance, currency }
        : null,
  }
}
