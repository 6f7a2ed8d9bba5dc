import type { Messages } from '../text/messages.ts'
import type { FieldErrors } from './field-errors.ts'
import type { CheckoutPageProps } from './render.types.ts'

/**
 * What the page carries for its script: what it was rendered from, with the errors in words, but without the
 * countries (they stand in the markup) and without anything of a card.
 */
export type PageData = Omit<CheckoutPageProps, 'assets' | 'countries' | 'errors'> & {
  errors: FieldErrors
  messages: Messages
}
