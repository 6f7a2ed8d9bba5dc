import { isPossibleTaxNumber } from '#customers/tax-number.ts'
import { type Confirmation, confirmCheckout, outcomeOf } from '#hosted/actions/confirm-checkout.ts'
import { confirmPayment } from '#hosted/actions/confirm-payment.ts'
import { quoteCheckout, type TypedFacts } from '#hosted/actions/quote-checkout.ts'
import { quotePayment } from '#hosted/actions/quote-payment.ts'
import { type CheckoutServices, newestAttempt, type OpenedCheckout, type Quoted } from '#hosted/checkout-access.ts'
import type { ConfirmInput } from '#hosted/hosted.contract.ts'
import { finishAction } from '#payments/actions/finish-action.ts'
import { Problem } from '#problem.ts'

/**
 * Pays what was opened. A tax number that cannot be one stops nobody: it is left out, and tax is charged as without it. The provider is
 * told it all the same: banks ask for numbers of persons that are no tax numbers.
 */
export function confirmOpened(
  services: CheckoutServices,
  { page, context, id }: OpenedCheckout,
  typed: ConfirmInput,
): Promise<Confirmation> {
  const { address, taxDocument = null } = typed
  const isPossible = isPossibleTaxNumber(address.country, taxDocument)
  const input = { ...typed, ...(isPossible ? {} : { taxDocument: null }), identityNumber: taxDocument }
  return page === 'pay' ? confirmPayment(services, context, id, input) : confirmCheckout(services, context, id, input)
}

/**
 * After the customer's step at their bank: asks the provider how it went. A failed one is a Problem `payment_failed`; one that was
 * not finished is still `requires_action`.
 */
export async function completeOpened(services: CheckoutServices, checkout: OpenedCheckout): Promise<Confirmation> {
  const attempt = await newestAttempt(services, checkout)
  if (!attempt) throw new Problem('not_found', 'Nothing was paid here yet.')
  return outcomeOf(await finishAction(services, checkout.context, attempt.id))
}

/** Prices what was opened with what was typed. */
export async function quoteOfPage(
  { db }: CheckoutServices,
  { page, context, id }: OpenedCheckout,
  typed: TypedFacts,
): Promise<Quoted> {
  if (page !== 'pay') return { typed, priced: await quoteCheckout(db, context, id, typed) }
  await quotePayment(db, context, id, typed)
  return { typed, priced: null }
}
