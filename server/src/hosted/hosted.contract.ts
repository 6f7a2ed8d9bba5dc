import * as z from 'zod'
import { amount, livemode, signedAmount } from '#http/fields.contract.ts'
import { billingIntervals } from '#time/interval.ts'

const required = (what: string) =>
  z
    .string({ error: `Enter ${what}.` })
    .trim()
    .min(1, { error: `Enter ${what}.` })
    .max(200, { error: 'This is too long.' })
const optional = z
  .string()
  .trim()
  .max(200, { error: 'This is too long.' })
  .nullish()
  .transform((text) => (text ? text : null))
const day = z.codec(z.iso.date(), z.instanceof(Temporal.PlainDate), {
  decode: (text) => Temporal.PlainDate.from(text),
  encode: (date) => date.toString(),
})

export const CheckoutToken = z.object({ token: z.string().max(300) })

/** What a customer gives in a checkout. `card` goes to the built-in simulated processor only, and is never stored. */
export const ConfirmBody = z.object({
  email: z.email({ error: 'Enter an e-mail address such as name@example.com.' }).max(320).optional(),
  fullName: required('your name'),
  address: z.object(
    {
      country: z
        .string({ error: 'Choose a country.' })
        .trim()
        .regex(/^[A-Za-z]{2}$/, { error: 'Choose a country.' })
        .transform((code) => code.toUpperCase()),
      line1: required('your address'),
      line2: optional,
      city: required('your city'),
      postalCode: required('your postal code'),
      state: optional,
    },
    { error: 'Enter your billing address.' },
  ),
  taxDocument: optional,
  promoCode: optional,
  card: z
    .object({
      number: z
        .string({ error: 'Enter a card number.' })
        .trim()
        .min(1, { error: 'Enter a card number.' })
        .max(40, { error: 'This is not a card number.' }),
      expMonth: z
        .int({ error: 'Enter the month of expiry.' })
        .min(1, { error: 'The month is 1 to 12.' })
        .max(12, { error: 'The month is 1 to 12.' }),
      expYear: z
        .int({ error: 'Enter the year of expiry.' })
        .min(0, { error: 'Enter the year of expiry.' })
        .max(2100, { error: 'Enter the year of expiry.' }),
      cvc: z
        .string({ error: 'Enter the security code.' })
        .trim()
        .regex(/^\d{3,4}$/, { error: 'The security code has 3 or 4 digits.' }),
    })
    .optional(),
})
export type ConfirmInput = z.output<typeof ConfirmBody>

export const QuoteBody = z.object({
  country: z
    .string()
    .trim()
    .regex(/^[A-Za-z]{2}$/, { error: 'Choose a country.' })
    .transform((code) => code.toUpperCase())
    .optional(),
  promoCode: optional,
  taxDocument: optional,
})

/** What a checkout is about and how it stands. Amounts are minor units of `currency`; days are UTC. */
export const Checkout = z
  .object({
    object: z.literal('checkout'),
    livemode,
    status: z.enum(['open', 'processing', 'requires_action', 'complete', 'canceled', 'expired']),
    kind: z.enum(['payment', 'trial', 'setup']),
    organisation: z.object({ name: z.string() }),
    plan: z.object({
      name: z.string(),
      description: z.string().nullable(),
      billingInterval: z.enum(billingIntervals).nullable(),
    }),
    customer: z.object({
      email: z.string(),
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
    total: signedAmount,
    renewal: z.object({ amount, billingInterval: z.string(), on: day }).nullable(),
    trial: z.object({ days: z.int(), endsOn: day }).nullable(),
    provider: z.enum(['stripe', 'commet', 'dlocal']),
    successUrl: z.string().nullable(),
    action: z.object({ url: z.string() }).nullable(),
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
  action: z.object({ url: z.string() }).optional(),
})
