import assert from 'node:assert/strict'
import { priceInCountry } from '#catalogue/actions/price-in-country.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { findPriceById } from '#catalogue/prices.store.ts'
import { regionColumns, regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { firstCharges } from '#subscriptions/actions/first-charges.ts'
import { type Awaited, leavesEnough, type Priced, pricedAt, trialBase } from '#subscriptions/actions/price-checkout.ts'
import { agreedOf, discountColumns, inRegion } from '#subscriptions/selection.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * What a checkout costs where its customer is billed (catalogue.md, Regional pricing): in the currency of the country where its
 * plan has it, else in canonical dollars. Null when that is what it is priced in already: what was quoted stays, whatever
 * became of rates since. The caller holds the subscription's lock.
 */
export async function priceByCountry(
  tx: Tx,
  context: Context,
  awaited: Awaited,
  country: string,
): Promise<Priced | null> {
  const { subscription } = awaited
  const { org } = context
  const agreed = agreedOf(subscription.agreed)
  if (!isOpenToAll(subscription) || agreed === null || subscription.priceId === null) return null
  const price = await findPriceById(tx, org.id, subscription.priceId)
  const plan = (await findPlansById(tx, org.id, [subscription.planId])).get(subscription.planId)
  assert(price && plan, `subscription ${subscription.id} has its plan and price`)
  const { region, price: there } = await priceInCountry(tx, org.id, price, country)
  if (region === regionOf(subscription)) return null
  const local = region === null ? agreed : inRegion(agreed, there)
  const changes = { ...regionColumns(region), basePrice: local.basePrice, ...discountColumns(local.discount) }
  const moved = { ...subscription, ...changes }
  if (!awaited.invoice) {
    const isCodeKept = leavesEnough(moved, [trialBase(context, moved)])
    const terms = { changes: { ...changes, ...(isCodeKept ? {} : discountColumns(null)) }, charges: [] }
    return pricedAt(tx, context, awaited, terms, null)
  }
  const { lines, isCodeKept } = await firstCharges(tx, context, moved, plan)
  const terms = { changes: { ...changes, ...(isCodeKept ? {} : discountColumns(null)) }, charges: lines }
  return pricedAt(tx, context, awaited, terms, null)
}

// Its currency is settled with its first checkout: a later one, after a trial or for what is outstanding, keeps it.
function isOpenToAll({ status, windowNumber }: SubscriptionRecord): boolean {
  return status === 'pending_payment' && windowNumber === 0
}
