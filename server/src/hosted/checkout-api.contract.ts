import * as z from 'zod'
import { Checkout, ConfirmBody, Confirmed, QuoteBody } from '#hosted/hosted.contract.ts'
import { type Operation, operation } from '#http/operation.ts'

const CheckoutToken = z.object({ token: z.string().meta({ description: 'The last segment of a checkoutUrl.' }) })

const describeCheckoutOperation = operation({
  id: 'HostedCheckout.get',
  method: 'GET',
  path: '/checkout/{token}',
  kind: 'read',
  summary: 'Describe a checkout: what is bought, what is due today and what follows.',
  params: CheckoutToken,
  data: Checkout,
  problems: ['not_found'],
})

const quoteCheckoutOperation = operation({
  id: 'HostedCheckout.quote',
  method: 'PUT',
  path: '/checkout/{token}/quote',
  kind: 'read',
  summary: 'Price a checkout anew for an address, a tax number or a promo code.',
  params: CheckoutToken,
  body: QuoteBody,
  data: Checkout,
  problems: ['not_found', 'promo_code_not_found', 'promo_code_expired'],
})

const confirmCheckoutOperation = operation({
  id: 'HostedCheckout.confirm',
  method: 'POST',
  path: '/checkout/{token}/confirm',
  kind: 'staged',
  summary: 'Pay, start the trial, or store the card.',
  description:
    'A decline is 402 `payment_failed` with `details.declineCode`, and may be tried again. With `requires_action` the customer finishes an authentication step at `action.url`. `card` is for the built-in simulated processor only.',
  params: CheckoutToken,
  body: ConfirmBody,
  data: Confirmed,
  problems: [
    'not_found',
    'promo_code_not_found',
    'promo_code_expired',
    'payment_failed',
    'charge_in_progress',
    'seat_limit_exceeded',
    'invalid_subscription_status',
    'provider_unsupported',
  ],
})

const completeCheckoutOperation = operation({
  id: 'HostedCheckout.complete',
  method: 'POST',
  path: '/checkout/{token}/complete',
  kind: 'staged',
  summary: 'Ask how the authentication step of the newest try went.',
  description:
    'An addition of Halley. After the provider’s own script has carried the step out: `succeeded` when it is paid, `requires_action` while the step is not finished, 402 `payment_failed` when it failed. Asking again does no harm.',
  params: CheckoutToken,
  data: Confirmed,
  problems: ['not_found', 'payment_failed', 'charge_in_progress'],
})

/** The hosted checkout as the reference tells of it. The token is the last segment of a checkoutUrl; no API key is needed. */
export const hostedOperations: readonly Operation[] = [
  describeCheckoutOperation,
  quoteCheckoutOperation,
  confirmCheckoutOperation,
  completeCheckoutOperation,
]
