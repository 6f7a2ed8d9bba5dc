import { type Confirmation, confirmCheckout } from '#hosted/actions/confirm-checkout.ts'
import { confirmPayment } from '#hosted/actions/confirm-payment.ts'
import { quoteCheckout } from '#hosted/actions/quote-checkout.ts'
import type { CheckoutServices, OpenedCheckout } from '#hosted/checkout-access.ts'
import type { ConfirmInput } from '#hosted/hosted.contract.ts'
import type { Priced } from '#subscriptions/actions/price-with-code.ts'

/** Pays what was opened. */
export function confirmOpened(
  services: CheckoutServices,
  { page, context, id }: OpenedCheckout,
  input: ConfirmInput,
): Promise<Confirmation> {
  return page === 'pay' ? confirmPayment(services, context, id, input) : confirmCheckout(services, context, id, input)
}

/** Prices what was opened with a promo code; a payment link takes none and costs what it says. */
export async function quoteOfPage(
  { db }: CheckoutServices,
  { page, context, id }: OpenedCheckout,
  promoCode: string | null,
): Promise<Priced | null> {
  return page === 'pay' ? null : quoteCheckout(db, context, id, promoCode)
}
