import assert from 'node:assert/strict'
import type { Catalogue } from '#billing/catalogue.ts'
import { regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import type { Funding } from '#metering/ledger-movements.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { startInstant } from '#time/period.ts'

/**
 * What a subscription's plan puts into a window that begins at `from`, a balance in the subscription's currency: what it included then,
 * however late that is processed. What a paid plan raised before the window's end was given at once (catalogue.md); a free one
 * waits for its reset. A free plan's price, if it has one, only says what it includes. A balance that has no value in the currency is none.
 */
export async function fundingOf(
  tx: Tx,
  subscription: Pick<SubscriptionRecord, 'planId' | 'priceId' | 'currency' | 'hasUsPricing'>,
  { from, window }: { readonly from: Temporal.Instant; readonly window: WindowPlan },
  catalogue: Catalogue,
): Promise<Funding> {
  const plan = await catalogue.plan(tx, subscription.planId)
  assert(plan, `plan ${subscription.planId} exists`)
  const { consumptionModel: model, blockOnExhaustion } = plan
  const nothing = { model, blockOnExhaustion, credits: 0n, balance: 0n }
  const priceId = subscription.priceId ?? (await catalogue.defaultPrice(tx, plan.id))?.id
  if (model === 'metered' || priceId === undefined) return nothing
  const span = { from, before: window.kind === 'free' ? from : startInstant(window.endsOn) }
  if (model === 'credits') {
    const prices = await catalogue.pricesIn(tx, priceId, null, span)
    return { ...nothing, credits: most(prices.map(({ includedCredits }) => includedCredits)) }
  }
  const prices = await catalogue.pricesIn(tx, priceId, regionOf(subscription), span)
  return { ...nothing, balance: most(prices.map(({ includedBalance }) => includedBalance)) }
}

function most(amounts: readonly (bigint | null)[]): bigint {
  return amounts.reduce<bigint>((largest, amount) => (amount !== null && amount > largest ? amount : largest), 0n)
}
