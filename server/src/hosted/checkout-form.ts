import type { CheckoutFormValues, FieldError } from '../../../web/src/checkout/render.types.ts'

const fields = [
  'email',
  'country',
  'line1',
  'line2',
  'city',
  'state',
  'postalCode',
  'taxDocument',
  'fullName',
  'cardNumber',
  'cardExpiry',
  'cardCvc',
  'promoCode',
] as const

/** What was posted without script, by the names of the form; unknown names are left out. */
export function readForm(text: string): CheckoutFormValues {
  const form = new URLSearchParams(text)
  return Object.fromEntries(fields.flatMap((name) => (form.has(name) ? [[name, form.get(name) ?? '']] : [])))
}

/** The form as the body of a confirmation; an expiry that cannot be read stays out and is asked for again. */
export function confirmationOf(values: CheckoutFormValues): unknown {
  const expiry = readExpiry(values.cardExpiry ?? '')
  return {
    ...(values.email ? { email: values.email } : {}),
    fullName: values.fullName ?? '',
    address: {
      country: values.country ?? '',
      line1: values.line1 ?? '',
      line2: values.line2 ?? null,
      city: values.city ?? '',
      postalCode: values.postalCode ?? '',
      state: values.state ?? null,
    },
    taxDocument: values.taxDocument ?? null,
    promoCode: values.promoCode ?? null,
    card: { number: values.cardNumber ?? '', cvc: values.cardCvc ?? '', ...(expiry ?? {}) },
  }
}

/** What is shown again after a refusal: everything but the security code. */
export function withoutCode({ cardCvc: _code, ...values }: CheckoutFormValues): CheckoutFormValues {
  return values
}

/** The details of a refused body, one error for the expiry whichever part of it was wrong. */
export function fieldErrors(details: unknown): FieldError[] {
  if (!Array.isArray(details)) return []
  const errors = details as FieldError[]
  return errors.map((error) => (error.field === 'card.expYear' ? { ...error, field: 'card.expMonth' } : error))
}

// MM/YY, M/YY, MMYY and MM/YYYY, with or without spaces.
function readExpiry(text: string): { expMonth: number; expYear: number } | undefined {
  const match = /^(\d{1,2})\s*\/?\s*(\d{2}|\d{4})$/.exec(text.trim())
  if (!match) return undefined
  const year = Number(match[2])
  return { expMonth: Number(match[1]), expYear: year < 100 ? 2000 + year : year }
}
