import assert from 'node:assert/strict'
import type { Db } from '#database/transaction.ts'
import { type CheckoutRecord, findCheckout } from '#hosted/checkouts.store.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { type Awaited, type Priced, priceWithCode } from '#subscriptions/actions/price-with-code.ts'
import { findSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * The price of an open checkout with the promo code that was typed; null when that changes nothing. Refuses a code that cannot
 * be used. Writes nothing: confirming takes the code. No price depends on the country or on a tax number yet.
 */
export async function quoteCheckout(
  db: Db,
  context: Context,
  checkoutId: string,
  promoCode: string | null,
): Promise<Priced | null> {
  const checkout = await findCheckout(db, context.org.id, checkoutId)
  if (promoCode === null || checkout?.status !== 'open') return null
  const subscription = await findSubscription(db, context.org.id, checkout.subscriptionId)
  assert(subscription, `checkout ${checkoutId} has a subscription`)
  return priceWithCode(db, context, await awaitedBy(db, context, checkout, subscription), promoCode)
}

/** What a checkout is for, as it is priced now. */
export async function awaitedBy(
  db: Db,
  { org }: Context,
  { invoiceId }: CheckoutRecord,
  subscription: SubscriptionRecord,
): Promise<Awaited> {
  const invoice = invoiceId === null ? undefined : await findInvoice(db, org.id, invoiceId)
  return { subscription, invoice: invoice ?? null }
}
