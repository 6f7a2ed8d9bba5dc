import assert from 'node:assert/strict'
import type { Catalogue } from '#billing/catalogue.ts'
import type { Base } from '#billing/window-bill.ts'
import { regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import { listedOf } from '#invoicing/line-basis.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * The base of the period that begins at a moment: the price in force then (catalogue.md, a base price changes at the next
 * renewal) in the subscription's currency, whenever it is processed. The last one paid goes on where there is none any more.
 */
export async function nextPrice(
  tx: Tx,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
  at: Temporal.Instant,
): Promise<Pick<Base, 'price' | 'listed'>> {
  assert(subscription.priceId, `subscription ${subscription.id} has a price`)
  const found = await catalogue.priceAt(tx, subscription.priceId, regionOf(subscription), at)
  if (!found) return { price: subscription.basePrice, listed: null }
  return { price: found.price, listed: listedOf(found) }
}
