import assert from 'node:assert/strict'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { type TypedTaxFacts, typedTaxpayer } from '#hosted/actions/typed-taxpayer.ts'
import { type CheckoutRecord, findCheckout, updateCheckoutKind } from '#hosted/checkouts.store.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findCheckoutAttempt } from '#payments/attempts.store.ts'
import { afterOfferedChange } from '#subscriptions/actions/after-offered-change.ts'
import { priceByCountry } from '#subscriptions/actions/price-by-country.ts'
import { priceChangeByCountry } from '#subscriptions/actions/price-change-by-country.ts'
import { type Awaited, type Priced, priceCheckout, takePrice } from '#subscriptions/actions/price-checkout.ts'
import { findSubscription, lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What a customer typed that the price depends on; what is undefined is as it is known. */
export type TypedFacts = TypedTaxFacts & { readonly promoCode: string | null }

/**
 * The price of an open checkout as it is now, with what was typed; null when it is not open, or being paid at this moment. Refuses
 * a code that cannot be used: confirming takes it. A wrong tax number counts as none. A country's currency is taken over at once, so that what is
 * confirmed is what was shown.
 */
export async function quoteCheckout(
  db: Db,
  context: Context,
  checkoutId: string,
  typed: TypedFacts,
): Promise<Priced | null> {
  const { org } = context
  if (typed.country !== undefined) await moveToCountry(db, context, checkoutId, typed.country)
  const checkout = await findCheckout(db, org.id, checkoutId)
  if (checkout?.status !== 'open') return null
  const subscription = await findSubscription(db, org.id, checkout.subscriptionId)
  assert(subscription, `checkout ${checkoutId} has a subscription`)
  const taxpayer = await typedTaxpayer(db, context, subscription.customerId, typed)
  const attempt = await findCheckoutAttempt(db, org.id, checkout.id)
  if (typed.promoCode === null && attempt && isInFlight(attempt.state)) return null
  const awaited = await awaitedBy(db, context, checkout, subscription)
  return priceCheckout(db, context, awaited, { promoCode: typed.promoCode, taxpayer })
}

/**
 * Prices an open checkout in the currency of a billing country, and whether that is another one than before. While a payment is
 * under way nothing changes: its amount is with the provider.
 */
async function moveToCountry(db: Db, context: Context, checkoutId: string, country: string): Promise<boolean> {
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
  if (kind === 'plan_change') {
    const { subscription, invoice } = awaited
    const running = await findSubscription(tx, context.org.id, subscription.id)
    assert(running, `subscription ${subscription.id} exists`)
    const repriced = invoice && (await priceChangeByCountry(tx, context, running, invoice, country))
    if (!repriced) return awaited
    return { subscription, ...(await afterOfferedChange(tx, context.org.id, running, repriced.id)), invoice: repriced }
  }
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
  { kind, invoiceId }: CheckoutRecord,
  subscription: SubscriptionRecord,
): Promise<Awaited> {
  const invoice = invoiceId === null ? undefined : await findInvoice(db, org.id, invoiceId)
  const changed = kind === 'plan_change' && invoice && (await afterOfferedChange(db, org.id, subscription, invoice.id))
  return { subscription, invoice: invoice ?? null, ...(changed || {}) }
}
