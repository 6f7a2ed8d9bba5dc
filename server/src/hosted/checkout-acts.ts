import { type Confirmation, confirmCheckout } from '#hosted/actions/confirm-checkout.ts'
import { confirmPayment } from '#hosted/actions/confirm-payment.ts'
import { moveToCountry, quoteCheckout, type TypedFacts } from '#hosted/actions/quote-checkout.ts'
import type { CheckoutServices, OpenedCheckout } from '#hosted/checkout-access.ts'
import type { ConfirmInput } from '#hosted/hosted.contract.ts'
import type { Priced } from '#subscriptions/actions/price-checkout.ts'

/** Pays what was opened. */
export function confirmOpened(
  services: CheckoutServices,
  { page, context, id }: OpenedCheckout,
  input: ConfirmInput,
): Promise<Confirmation> {
  return page === 'pay' ? confirmPayment(services, context, id, input) : confirmCheckout(services, context, id, input)
}

/** Prices what was opened with what was typed; a payment link takes none and costs what it says. */
export async function quoteOfPage(
  { db }: CheckoutServices,
  { page, context, id }: OpenedCheckout,
  typed: TypedFacts,
): Promise<Priced | null> {
  return page === 'pay' ? null : quoteCheckout(db, context, id, typed)
}

/** Prices what was opened in the currency of a billing country, and whether that is another one than before. */
export async function movedToCountry(
  { db }: CheckoutServices,
  { page, context, id }: OpenedCheckout,
  country: string,
): Promise<boolean> {
  return page !== 'pay' && moveToCountry(db, context, id, country)
}
