import type { CheckoutFieldName, CheckoutFormValues } from '../../../web/src/checkout/render.types.ts'

const fields: readonly CheckoutFieldName[] = [
  'email',
  'country',
  'line1',
  'line2',
  'city',
  'state',
  'postalCode',
  'company',
  'taxDocument',
  'fullName',
  'cardNumber',
  'cardExpiry',
  'cardCvc',
  'promoCode',
]

/** What was posted without script, by the names of the form; other names are left out. */
export function readForm(form: URLSearchParams): CheckoutFormValues {
  return Object.fromEntries(fields.flatMap((name) => (form.has(name) ? [[name, form.get(name) ?? '']] : [])))
}

/**
 * The form as the body of a confirmation. An expiry that cannot be read stays out and is asked for again; a form without card fields is
 * one of a provider that takes the card elsewhere.
 */
export function confirmationOf(values: CheckoutFormValues): unknown {
  return {
    email: values.email,
    // A business is billed by its own name; the name on the card is the bank's affair.
    fullName: values.company?.trim() || values.fullName,
    address: {
      country: values.country,
      line1: values.line1,
      line2: values.line2,
      city: values.city,
      postalCode: values.postalCode,
      state: values.state,
    },
    taxDocument: values.taxDocument,
    promoCode: values.promoCode,
    ...(values.cardNumber === undefined
      ? {}
      : { card: { number: values.cardNumber, cvc: values.cardCvc, ...readExpiry(values.cardExpiry ?? '') } }),
  }
}

/** The form as the body of a question for the price. */
export function quoteOf({ country, state, postalCode, promoCode, taxDocument }: CheckoutFormValues): unknown {
  return { country: country || undefined, state, postalCode, promoCode, taxDocument }
}

/** What is shown again: everything but the security code. */
export function withoutCode({ cardCvc: _code, ...values }: CheckoutFormValues): CheckoutFormValues {
  return values
}

// MM/YY, M/YY, MMYY and MM/YYYY, with or without spaces, slashes, dashes or dots.
function readExpiry(text: string): { expMonth: number; expYear: number } | undefined {
  const match = /^(\d{1,2})\s*[/.-]?\s*(\d{2}|\d{4})$/.exec(text.trim())
  if (!match) return undefined
  const year = Number(match[2])
  return { expMonth: Number(match[1]), expYear: year < 100 ? 2000 + year : year }
}
