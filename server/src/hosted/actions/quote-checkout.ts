import assert from 'node:assert/strict'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { type CheckoutRecord, findCheckout, updateCheckoutKind } from '#hosted/checkouts.store.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findCheckoutAttempt } from '#payments/attempts.store.ts'
import { priceByCountry } from '#subscriptions/actions/price-by-country.ts'
import { type Awaited, type Priced, priceWithCode, takePrice } from '#subscriptions/actions/price-with-code.ts'
import { findSubscription, lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What a price depends on beside the checkout itself; the country as ISO 3166-1 alpha-2. */
export type QuoteWish = { readonly country?: string | undefined; readonly promoCode: string | null }

/**
 * The price of an open checkout with the promo code that was typed; null when that changes nothing. Refuses a code that cannot
 * be used: confirming takes it. A country's currency is taken over at once, so that what is confirmed is what was shown.
 */
export async function quoteCheckout(
  db: Db,
  context: Context,
  checkoutId: string,
  { country, promoCode }: QuoteWish,
): Promise<Priced | null> {
  if (country !== undefined) await moveToCountry(db, context, checkoutId, country)
  const checkout = await findCheckout(db, context.org.id, checkoutId)
  if (promoCode === null || checkout?.status !== 'open') return null
  const subscription = await findSubscription(db, context.org.id, checkout.subscriptionId)
  assert(subscription, `checkout ${checkoutId} has a subscription`)
  return priceWithCode(db, context, await awaitedBy(db, context, checkout, subscription), promoCode)
}

/**
 * Prices an open checkout in the currency of a billing country, and whether that is another one than before. While a payment is
 * under way nothing changes: its amount is with the provider.
 */
export async function moveToCountry(db: Db, context: Context, checkoutId: string, country: string): Promise<boolean> {
  const known = await findCheckout(db, context.org.id, checkoutId)
  if (known?.status !== 'open') return false
  return inTransaction(db, async (tx) => {
    const subscription = await lockSubscription(tx, context.org.id, known.subscriptionId)
    const checkout = await findCheckout(tx, context.org.id, checkoutId)
    if (!subscription || checkout?.status !== 'open') return false
    const attempt = await findCheckoutAttempt(tx, context.org.id, checkoutId)
    if (attempt && isInFlight(attempt.state)) return false
    const awaited = await awaitedBy(tx, context, checkout, subscription)
    return (await takeCountry(tx, context, checkout, awaited, country)) !== awaited
  })
}

/** What a checkout is for in the currency of a billing country; as it was when that is the one it has. */
export async function takeCountry(
  tx: Tx,
  context: Context,
  { id, kind }: CheckoutRecord,
  awaited: Awaited,
  country: string,
): Promise<Awaited> {
  const priced = await priceByCountry(tx, context, awaited, country)
  if (!priced) return awaited
  const taken = await takePrice(tx, context, priced)
  const isFree = taken.invoice?.total === 0n
  if (kind === 'payment' && isFree) await updateCheckoutKind(tx, context.org.id, id, 'setup')
  if (kind === 'setup' && !isFree) await updateCheckoutKind(tx, context.org.id, id, 'payment')
  return taken
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
