import type { TakenCard } from '../stripe/use-card-element.ts'
import type { Language } from '../text/language.ts'
import type { ConfirmOutcome } from './confirm.ts'
import { type FieldErrors, promoRefusal, serverErrors } from './field-errors.ts'
import type { CheckoutValues } from './form-values.ts'
import type { Refusal } from './refusal.ts'

/** What the form has to show; null when the browser is on its way to another page. */
export type Shown = { errors: FieldErrors; refusal?: Refusal } | null

type Refused = Exclude<ConfirmOutcome, { kind: 'succeeded' | 'requires_action' | 'moved_on' }>

/** A try that came to nothing, in the words of the form. */
export function shownOf(outcome: Refused, values: CheckoutValues, asksForCard: boolean, language: Language): Shown {
  switch (outcome.kind) {
    case 'declined':
      return { errors: {}, refusal: { kind: 'declined', declineCode: outcome.declineCode } }
    case 'invalid':
      return { errors: serverErrors(outcome.errors, values, asksForCard, language) }
    case 'promo_refused':
      return { errors: { promoCode: promoRefusal(outcome.code, language) } }
    case 'rate_limited':
      return { errors: {}, refusal: { kind: 'rate_limited' } }
    case 'refused':
      return { errors: {}, refusal: errorWith(outcome) }
    case 'unknown':
      return { errors: {}, refusal: { kind: 'connection' } }
    default:
      return outcome satisfies never
  }
}

/** A refusal without words of its own. */
export const errorWith = ({ code, message }: { code: string; message: string }): Refusal => ({
  kind: 'error',
  code,
  message,
})

/** Why the provider's fields gave no card. */
export function cardRefusal(card: Exclude<TakenCard, { kind: 'token' }>): Refusal {
  switch (card.kind) {
    case 'incomplete':
      return { kind: 'card_incomplete' }
    case 'unreachable':
      return { kind: 'card_unreachable' }
    case 'declined':
      return { kind: 'declined', declineCode: card.declineCode }
    default:
      return card satisfies never
  }
}
