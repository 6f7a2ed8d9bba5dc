import { parseExpiry } from '../card/card-expiry.ts'
import { digitsOf } from '../card/card-number.ts'
import { addressFormat } from '../place/address-format.ts'
import type { CheckoutDescription, CheckoutFieldName, CheckoutFormValues } from './render.types.ts'

/** In the order of the page, which is the order errors are listed in. */
export const fieldNames: readonly CheckoutFieldName[] = [
  'email',
  'country',
  'line1',
  'line2',
  'city',
  'state',
  'postalCode',
  'company',
  'taxDocument',
  'cardNumber',
  'cardExpiry',
  'cardCvc',
  'fullName',
  'promoCode',
]

export type CheckoutValues = Record<CheckoutFieldName, string>

/** What the fields begin with: what was typed before, else what is known of the customer. */
export function initialValues(checkout: CheckoutDescription, typed: CheckoutFormValues = {}): CheckoutValues {
  const { customer } = checkout
  return {
    email: customer.email,
    country: customer.address?.country ?? '',
    line1: customer.address?.line1 ?? '',
    line2: customer.address?.line2 ?? '',
    city: customer.address?.city ?? '',
    state: customer.address?.state ?? '',
    postalCode: customer.address?.postalCode ?? '',
    company: '',
    taxDocument: customer.taxDocument ?? '',
    fullName: customer.fullName ?? '',
    cardNumber: '',
    cardExpiry: '',
    promoCode: '',
    ...typed,
    cardCvc: '',
  }
}

/** The trimmed values of a form's fields; a field that is not on the page is ''. */
export function readValues(entries: { get(name: string): unknown }): CheckoutValues {
  const read = (name: CheckoutFieldName) => String(entries.get(name) ?? '').trim()
  return Object.fromEntries(fieldNames.map((name) => [name, read(name)])) as CheckoutValues
}

export type Mistake = { field: CheckoutFieldName; problem: 'required' | 'invalid' }

/**
 * What can be known to be wrong without asking the server. Nothing that depends on today's date
 * (a sandbox has its own) or on the check digit (published test cards exist that fail it).
 */
export function findMistakes(values: CheckoutValues, asksForCard: boolean): Mistake[] {
  const format = addressFormat(values.country)
  const required: CheckoutFieldName[] = ['email', 'country', 'line1', 'city', 'fullName']
  if (format.state?.required) required.push('state')
  if (format.postalCode.required) required.push('postalCode')
  if (asksForCard) required.push('cardNumber', 'cardExpiry', 'cardCvc')

  const isInvalid: Partial<Record<CheckoutFieldName, boolean>> = {
    email: !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(values.email),
    cardNumber: asksForCard && !/^\d{12,19}$/.test(digitsOf(values.cardNumber)),
    cardExpiry: asksForCard && parseExpiry(values.cardExpiry) === undefined,
    cardCvc: asksForCard && !/^\d{3,4}$/.test(digitsOf(values.cardCvc)),
  }
  return fieldNames.flatMap((field): Mistake[] => {
    if (values[field] === '') return required.includes(field) ? [{ field, problem: 'required' }] : []
    return isInvalid[field] ? [{ field, problem: 'invalid' }] : []
  })
}

export type ConfirmBody = {
  email: string
  fullName: string
  address: { country: string; line1: string; line2?: string; city: string; postalCode: string; state?: string }
  /** Empty says that there is none. */
  taxDocument: string
  promoCode?: string
  card?: { number: string; expMonth: number; expYear: number; cvc: string }
  /** What the provider's own fields made of the card. */
  paymentToken?: string
}

/** The body of `POST …/confirm`. Optional fields that are empty are left out. */
export function confirmBody(values: CheckoutValues, asksForCard: boolean): ConfirmBody {
  const expiry = parseExpiry(values.cardExpiry)
  return {
    email: values.email,
    // A business is billed by its own name; the name on the card is the bank's affair.
    fullName: values.company || values.fullName,
    address: {
      country: values.country,
      line1: values.line1,
      ...(values.line2 && { line2: values.line2 }),
      city: values.city,
      postalCode: values.postalCode,
      ...(values.state && { state: values.state }),
    },
    taxDocument: values.taxDocument,
    ...(values.promoCode && { promoCode: values.promoCode }),
    ...(asksForCard &&
      expiry && {
        card: {
          number: digitsOf(values.cardNumber),
          expMonth: expiry.month,
          expYear: expiry.year,
          cvc: digitsOf(values.cardCvc),
        },
      }),
  }
}

const apiFields: Record<string, CheckoutFieldName> = {
  number: 'cardNumber',
  expMonth: 'cardExpiry',
  expYear: 'cardExpiry',
  cvc: 'cardCvc',
}

/** The form's field an API field stands for: 'address.postalCode' is 'postalCode', 'card.expYear' is 'cardExpiry'. */
export function formField(apiField: string): CheckoutFieldName | undefined {
  const last = apiField.split('.').at(-1) ?? ''
  if (last === 'card') return 'cardNumber'
  if (last === 'address') return 'line1'
  return apiFields[last] ?? fieldNames.find((name) => name === last)
}
