import assert from 'node:assert/strict'
import type { Catalogue } from '#billing/catalogue.ts'
import { defaultPrice } from '#catalogue/prices.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Funding } from '#metering/ledger-movements.ts'

/** What a subscription's plan puts into each window. A free plan's price, if it has one, only says what it includes. */
export async function fundingOf(
  tx: Tx,
  orgId: string,
  subscription: { readonly planId: string; readonly priceId: string | null },
  catalogue: Catalogue,
): Promise<Funding> {
  const plan = await catalogue.plan(tx, subscription.planId)
  assert(plan, `plan ${subscription.planId} exists`)
  const { consumptionModel: model, blockOnExhaustion } = plan
  if (model === 'metered') return { model, blockOnExhaustion, credits: 0n, balance: 0n }
  const price =
    subscription.priceId === null
      ? await defaultPrice(tx, orgId, plan.id)
      : await catalogue.price(tx, subscription.priceId)
  return {
    model,
    blockOnExhaustion,
    credits: model === 'credits' ? (price?.includedCredits ?? 0n) : 0n,
    balance: model === 'balance' ? (price?.includedBalance ?? 0n) : 0n,
  }
}
