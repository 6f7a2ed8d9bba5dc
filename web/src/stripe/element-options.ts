import type {
  Appearance,
  CreateConfirmationToken,
  StripeElementsOptionsMode,
  StripeElementsUpdateOptions,
  StripePaymentElementOptions,
} from '@stripe/stripe-js'
import type { CheckoutValues } from '../checkout/form-values.ts'
import type { CheckoutDescription } from '../checkout/render.types.ts'
import type { Locale } from '../text/locale.ts'

type Priced = Pick<CheckoutDescription, 'kind' | 'currency' | 'total' | 'elementAmount'>

/** What a new price changes in Stripe's fields: a charge of this much, or a card that is only kept. */
export function priceOptions({ kind, currency, total, elementAmount }: Priced) {
  return kind === 'payment'
    ? ({ mode: 'payment', currency, amount: elementAmount ?? total } satisfies StripeElementsUpdateOptions)
    : ({ mode: 'setup', currency } satisfies StripeElementsUpdateOptions)
}

/** Everything the fields begin with. There is no intent yet: the server makes it once the button is pressed. */
export function groupOptions(checkout: Priced, locale: Locale, appearance: Appearance): StripeElementsOptionsMode {
  return {
    ...priceOptions(checkout),
    // The card is charged again when the customer is not there.
    setupFutureUsage: 'off_session',
    allowedPaymentMethodTypes: ['card'],
    locale,
    appearance,
  }
}

/** Card fields only: what the form asks for is not asked again, and what is agreed to stands at our button. */
export const fieldOptions: StripePaymentElementOptions = {
  layout: { type: 'tabs' },
  fields: { billingDetails: { name: 'never', email: 'never', address: 'never' } },
  terms: { card: 'never' },
  wallets: { applePay: 'never', googlePay: 'never', link: 'never' },
}

/** What the form knows of the customer. Each detail that the fields do not ask for has to be given, if only as null. */
export function tokenParams(values: CheckoutValues, returnUrl: string): NonNullable<CreateConfirmationToken['params']> {
  const { email, fullName, line1, line2, city, state, postalCode, country } = values
  return {
    payment_method_data: {
      billing_details: {
        name: fullName,
        email,
        address: {
          ...{ line1, city, country },
          line2: line2 || null,
          state: state || null,
          postal_code: postalCode || null,
        },
      },
    },
    return_url: returnUrl,
  }
}
