import { fieldErrorsOf, isPromoRefusal } from '../api/hosted-checkout.ts'
import { addressFormat, taxIdName } from '../place/address-format.ts'
import type { Language } from '../text/language.ts'
import type { MessageKey } from '../text/messages.ts'
import { isMessageKey, say } from '../text/say.ts'
import { type CheckoutValues, fieldNames, findMistakes, formField, type Mistake } from './form-values.ts'
import { declinedField, type Refusal, refusalWords } from './refusal.ts'
import type { CheckoutFieldName, FieldError } from './render.types.ts'

/** At most one sentence per field. */
export type FieldErrors = Partial<Record<CheckoutFieldName, string>>

/** The visible name of a field, which for some depends on the country. */
export function fieldLabel(
  field: CheckoutFieldName,
  country: string,
  asksForCard: boolean,
  language: Language,
): string {
  const { messages } = language
  const format = addressFormat(country)
  if (field === 'postalCode') return messages[format.postalCode.label]
  if (field === 'state') return messages[format.state?.label ?? 'field.stateOrRegion']
  if (field === 'fullName') return messages[asksForCard ? 'field.fullNameCard' : 'field.fullName']
  if (field === 'taxDocument') {
    const name = taxIdName(country)
    if (name === null) return messages['field.taxDocument']
    return name === 'vat' ? messages['field.vatNumber'] : say(messages, 'field.taxDocumentNamed', { name })
  }
  return messages[`field.${field}`]
}

/** The sentence for a mistake the page found by itself. */
function mistakeText(mistake: Mistake, asksForCard: boolean, { messages }: Language): string {
  const named = mistake.field === 'fullName' && asksForCard ? 'fullNameCard' : mistake.field
  const key: string = `errors.${mistake.problem}.${named}`
  return isMessageKey(messages, key) ? messages[key] : messages['errors.title']
}

export function mistakeErrors(mistakes: readonly Mistake[], asksForCard: boolean, language: Language): FieldErrors {
  return Object.fromEntries(mistakes.map((mistake) => [mistake.field, mistakeText(mistake, asksForCard, language)]))
}

/**
 * The server's findings in the words of the page. An empty field asks to be filled in; another one shows our own
 * sentence where there is one, else the server's, which is English and therefore only shown to English readers.
 */
export function serverErrors(
  errors: readonly FieldError[],
  values: CheckoutValues,
  asksForCard: boolean,
  language: Language,
): FieldErrors {
  const { messages, locale } = language
  const found: FieldErrors = {}
  for (const { field: apiField, message } of errors) {
    const field = formField(apiField)
    if (!field || found[field]) continue
    const empty = values[field] === '' && field !== 'cardCvc'
    const label = fieldLabel(field, values.country, asksForCard, language)
    const own: MessageKey = 'errors.invalid.other'
    // The reason why a promo code is refused is a word for programs.
    if (field === 'promoCode' && isMessageKey(messages, `promo.${message}`)) {
      found[field] = promoRefusal(message, language)
    } else if (empty) found[field] = mistakeText({ field, problem: 'required' }, asksForCard, language)
    else if (locale === 'en' && message) found[field] = message
    else if (!looksWrong(field, values, asksForCard) && isMessageKey(messages, `errors.refused.${field}`)) {
      found[field] = messages[`errors.refused.${field}` as 'errors.refused.cardNumber']
    } else if (isMessageKey(messages, `errors.invalid.${field}`)) {
      found[field] = mistakeText({ field, problem: 'invalid' }, asksForCard, language)
    } else found[field] = say(messages, own, { label })
  }
  return found
}

// What is well formed and refused all the same is refused for what it is: a real card, a month that is over.
function looksWrong(field: CheckoutFieldName, values: CheckoutValues, asksForCard: boolean): boolean {
  return findMistakes(values, asksForCard).some((mistake) => mistake.field === field)
}

/** A refused price in the words of the page, at the promo code or at the fields it names; empty for any other refusal. */
export function quoteErrors(
  refusal: { code: string; details: unknown },
  values: CheckoutValues,
  asksForCard: boolean,
  language: Language,
): FieldErrors {
  if (isPromoRefusal(refusal.code)) return { promoCode: promoRefusal(refusal.code, language) }
  return serverErrors(fieldErrorsOf(refusal.details), values, asksForCard, language)
}

/** Why a promo code is refused. */
export function promoRefusal(code: string, { messages }: Language): string {
  const key = `promo.${code}`
  return isMessageKey(messages, key) ? messages[key] : messages['promo.other']
}

/** A decline that is about one field is written at that field too. */
export function withDecline(errors: FieldErrors, refusal: Refusal | undefined, language: Language): FieldErrors {
  const field = declinedField(refusal)
  if (!field || !refusal || errors[field]) return errors
  return { ...errors, [field]: refusalWords(refusal, language).title }
}

/** The errors in the order of the page. */
export function listErrors(errors: FieldErrors): Array<{ field: CheckoutFieldName; text: string }> {
  return fieldNames.flatMap((field) => {
    const text = errors[field]
    return text === undefined ? [] : [{ field, text }]
  })
}
