import assert from 'node:assert/strict'
import type { Catalogue } from '#billing/catalogue.ts'
import { regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import type { Funding } from '#metering/ledger-movements.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * What a subscription's plan puts into each window, a balance in the subscription's currency. A free plan's price, if it has
 * one, only says what it includes. A balance that has no value in the currency is none.
 */
export async function fundingOf(
  tx: Tx,
  subscription: Pick<SubscriptionRecord, 'planId' | 'priceId' | 'currency' | 'hasUsPricing'>,
  catalogue: Catalogue,
): Promise<Funding> {
  const plan = await catalogue.plan(tx, subscription.planId)
  assert(plan, `plan ${subscription.planId} exists`)
  const { consumptionModel: model, blockOnExhaustion } = plan
  if (model === 'metered') return { model, blockOnExhaustion, credits: 0n, balance: 0n }
  const priceId = subscription.priceId ?? (await catalogue.defaultPrice(tx, plan.id))?.id
  const price = priceId && (await catalogue.price(tx, priceId, null))
  const local = priceId && (await catalogue.price(tx, priceId, regionOf(subscription)))
  return {
    model,
    blockOnExhaustion,
    credits: model === 'credits' && price ? (price.includedCredits ?? 0n) : 0n,
    balance: model === 'balance' && local ? (local.includedBalance ?? 0n) : 0n,
  }
}
