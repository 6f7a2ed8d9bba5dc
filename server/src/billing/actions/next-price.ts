import assert from 'node:assert/strict'
import type { Catalogue } from '#billing/catalogue.ts'
import type { Base } from '#billing/window-bill.ts'
import { regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import { listedOf } from '#invoicing/line-basis.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** Half of what a whole number of JSON holds: whatever is above may be more than it with tax. */
const mostRenewed = BigInt(Number.MAX_SAFE_INTEGER) / 2n

/**
 * The base of the period that begins at a moment: the price in force then (catalogue.md, a base price changes at the next
 * renewal) in the subscription's currency, whenever it is processed. The last one paid goes on where there is none any more, or
 * where it was raised to what no invoice could say with its tax.
 */
export async function nextPrice(
  tx: Tx,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
  at: Temporal.Instant,
): Promise<Pick<Base, 'price' | 'listed'>> {
  assert(subscription.priceId, `subscription ${subscription.id} has a price`)
  const found = await catalogue.priceAt(tx, subscription.priceId, regionOf(subscription), at)
  const isAbsurd = found && found.price > mostRenewed && subscription.basePrice <= mostRenewed
  if (!found || isAbsurd) return { price: subscription.basePrice, listed: null }
  return { price: found.price, listed: listedOf(found) }
}
