import type { FieldErrors } from './field-errors.ts'
import type { CheckoutValues } from './form-values.ts'
import type { CheckoutDescription } from './render.types.ts'

/** What every part of the form is given. */
export type FormPart = {
  checkout: CheckoutDescription
  /** What the fields began with; what is typed since lives in the fields themselves. */
  initial: CheckoutValues
  errors: FieldErrors
  country: string
  /** Whether the card is typed here and not on the provider's own page. */
  asksForCard: boolean
  /** False in the server's markup and until the script runs. */
  enhanced: boolean
}
