import assert from 'node:assert/strict'
import { priceInCountry } from '#catalogue/actions/price-in-country.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { findPriceById } from '#catalogue/prices.store.ts'
import { regionColumns, regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import { repriceInvoice } from '#invoicing/actions/reprice-invoice.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { hasOpenCurrency } from '#subscriptions/actions/decide-plan-change.ts'
import { firstLines } from '#subscriptions/actions/offer-plan-change.ts'
import { findChangeOfInvoice, repriceChange } from '#subscriptions/plan-changes.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * Prices a free customer's change to a paid plan in the currency of a billing country, as `priceByCountry` does a new
 * subscription. Null when that is what it is priced in already, or its currency is settled. The caller holds the
 * subscription's lock.
 */
export async function priceChangeByCountry(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
  country: string,
): Promise<InvoiceRecord | null> {
  const { org } = context
  const change = await findChangeOfInvoice(tx, org.id, invoice.id)
  if (change?.state !== 'awaiting' || change.toPriceId === null) return null
  if (!(await hasOpenCurrency(tx, org.id, subscription))) return null
  const listed = await findPriceById(tx, org.id, change.toPriceId)
  const to = (await findPlansById(tx, org.id, [change.toPlanId])).get(change.toPlanId)
  assert(listed && to, `the change ${change.id} has its plan and price`)
  const { region, price } = await priceInCountry(tx, org.id, listed, country)
  if (region === regionOf(change)) return null
  const target = {
    planId: to.id,
    planName: to.name,
    priceId: price.id,
    billingInterval: change.toInterval,
    basePrice: price.price,
  }
  const lines = await firstLines(tx, context, subscription, { to, target, price, region })
  const columns = regionColumns(region)
  const repriced = await repriceInvoice(tx, context, invoice, { lines, currency: columns.currency })
  await repriceChange(tx, org.id, change.id, { ...columns, basePrice: price.price, charge: repriced.subtotal })
  return repriced
}
