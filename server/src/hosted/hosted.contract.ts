import * as z from 'zod'
import { country, optional, required, taxDocument, typedAddress } from '#hosted/typed-fields.contract.ts'
import { amount, day, livemode, signedAmount } from '#http/fields.contract.ts'
import { taxTreatments } from '#tax/treatment.ts'
import { billingIntervals } from '#time/interval.ts'

export const CheckoutToken = z.object({ token: z.string().max(300) })

/** What a customer gives in a checkout. `card` goes to the built-in simulated processor only, and is never stored. */
export const ConfirmBody = z.object(
  {
    email: z
      .email({ error: 'Enter the email address in full, like name@example.com.' })
      .max(254, { error: 'This is too long for an email address.' })
      .optional(),
    fullName: required('your name'),
    address: typedAddress,
    /** Empty clears it; left out, the one that is known stays. */
    taxDocument: taxDocument.nullish().transform((text) => (text === undefined ? undefined : text || null)),
    promoCode: optional,
    paymentToken: optional.meta({
      description: 'What the payment provider’s own card fields gave; for connected providers that have such fields.',
    }),
    card: z
      .object(
        {
          number: z
            .string({ error: 'Enter the card number.' })
            .trim()
            .min(1, { error: 'Enter the card number.' })
            .max(40, { error: 'This is not a card number.' }),
          expMonth: expiryPart(1, 12),
          expYear: expiryPart(0, 2100),
          cvc: z
            .string({ error: 'Enter the security code.' })
            .trim()
            .regex(/^\d{3,4}$/, { error: 'Enter the 3 or 4 digits of the security code.' }),
        },
        { error: 'Enter a card.' },
      )
      .optional(),
  },
  { error: 'Send what the customer typed as a JSON object.' },
)
export type ConfirmInput = z.output<typeof ConfirmBody>

/** The same on its way to be paid. `identityNumber`: what was typed as a tax number, for banks, which judge it by rules of their own. */
export type Confirming = ConfirmInput & { readonly identityNumber: string | null }

export const QuoteBody = z.object(
  {
    country: country.optional(),
    state: optional,
    postalCode: optional,
    promoCode: optional,
    /** Empty: none; left out: the one that is known. */
    taxDocument: taxDocument.nullish().transform((text) => (text === undefined ? undefined : text || null)),
  },
  { error: 'Send what the price depends on as a JSON object.' },
)
export type QuoteInput = z.output<typeof QuoteBody>

function expiryPart(least: number, most: number) {
  const error = 'Enter the expiry date as month and year, like 04/29.'
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** Why a customer is in a checkout. */
export const checkoutOccasions = ['new', 'past_due', 'reactivation', 'unpaid', 'method_update', 'card_kept'] as const
export type CheckoutOccasion = (typeof checkoutOccasions)[number]

/** What a checkout is about and how it stands. Amounts are minor units of `currency`; days are UTC. */
export const Checkout = z
  .object({
    object: z.literal('checkout'),
    livemode,
    status: z.enum(['open', 'processing', 'requires_action', 'complete', 'canceled', 'expired']),
    kind: z.enum(['payment', 'trial', 'setup']),
    page: z.enum(['checkout', 'pay']).meta({ description: 'A subscription’s checkout, or a payment link.' }),
    occasion: z.enum(checkoutOccasions).meta({
      description:
        'Why the customer is here: `new` begins something, `past_due` pays a declined renewal, `reactivation` begins a canceled subscription anew, `unpaid` pays what an ended one left, `method_update` stores another card, `card_kept` the card of a customer whose plan is free.',
    }),
    organisation: z.object({ name: z.string() }),
    plan: z.object({
      name: z.string(),
      description: z.string().nullable(),
      billingInterval: z.enum(billingIntervals).nullable(),
    }),
    customer: z.object({
      email: z.string(),
      /** Changed in the portal only, confirmed from the new address: what is typed here is not taken. */
      isEmailFixed: z.boolean(),
      fullName: z.string().nullable(),
      taxDocument: z.string().nullable(),
      address: z
        .object({
          line1: z.string(),
          line2: z.string().nullable(),
          city: z.string(),
          state: z.string().nullable(),
          postalCode: z.string(),
          country: z.string(),
        })
        .nullable(),
    }),
    taxDocumentIgnored: z.boolean().meta({
      description:
        'The tax number that a price was asked for with cannot be one of its country: it is left out, and tax is charged as without it.',
    }),
    currency: z.string(),
    lines: z.array(
      z.object({
        lineType: z.string(),
        description: z.string(),
        quantity: z.number(),
        unitAmount: signedAmount,
        amount: signedAmount,
      }),
    ),
    subtotal: signedAmount,
    discountAmount: amount,
    taxAmount: signedAmount,
    taxes: z.array(z.object({ name: z.string(), percentage: z.number(), amount: signedAmount })),
    /** What was decided about tax; `reverse_charge`: the customer accounts for it. Null while nothing was. */
    taxTreatment: z.enum(taxTreatments).nullable(),
    total: signedAmount,
    renewal: z
      .object({
        /** With tax. */
        amount,
        billingInterval: z.string(),
        on: day,
        /** The full price once a discount has run out. */
        later: z.object({ amount, on: day }).nullable(),
      })
      .nullable(),
    trial: z.object({ days: z.int(), endsOn: day }).nullable(),
    provider: z.enum(['stripe', 'commet', 'dlocal']),
    intake: z.enum(['card', 'element', 'page']).meta({
      description:
        'Where the card is typed: in this API’s `card` (test cards only), in the provider’s own fields, or on its page.',
    }),
    publishableKey: z
      .string()
      .nullable()
      .meta({ description: 'For the provider’s own fields; null where it has none.' }),
    elementAmount: z
      .int()
      .nullable()
      .meta({ description: '`total` as the provider counts it, for its own fields; null where it has none.' }),
    successUrl: z.string().nullable(),
    clock: z
      .object({ today: day, isSimulated: z.boolean() })
      .nullable()
      .meta({ description: 'What day it is in a sandbox, UTC; null in live mode, where it is the real one.' }),
    action: z.object({ url: z.string(), clientSecret: z.string().optional() }).nullable(),
    withdrawal: z
      .object({ name: z.string(), lastDay: day, url: z.string() })
      .nullable()
      .meta({ description: 'Where a consumer withdraws from what was ordered, until the end of `lastDay`.' }),
    receipt: z
      .object({
        invoiceNumber: z.string().nullable(),
        paidAt: z.string(),
        total: amount,
        card: z.object({ brand: z.string(), last4: z.string() }).nullable(),
        nextChargeOn: day.nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'Checkout' })

export const Confirmed = z.object({
  status: z.enum(['succeeded', 'requires_action']),
  redirectUrl: z.string().optional(),
  action: z
    .object({
      url: z.string(),
      clientSecret: z
        .string()
        .optional()
        .meta({ description: 'For the provider’s own script, which carries the authentication out.' }),
    })
    .optional(),
})
