import { formatMoney } from '../format/money.ts'
import type { Language } from '../text/language.ts'
import { isMessageKey, say } from '../text/say.ts'
import type { CheckoutBanner, CheckoutFieldName } from './render.types.ts'

/** What the page itself can find out, beside what the server answers. */
export type Refusal =
  | CheckoutBanner
  | { kind: 'connection' | 'quote_failed' }
  /** Cards are taken in another way than when the page was opened. */
  | { kind: 'provider_changed' }
  /** The provider's card fields: not there, or not filled in. */
  | { kind: 'card_unreachable' | 'card_incomplete' }

/** Title and text of a refusal: the cause, what to do, and that nothing was charged. */
export function refusalWords(refusal: Refusal, { locale, messages }: Language): { title: string; text: string } {
  switch (refusal.kind) {
    case 'declined':
    case 'authentication_failed': {
      const code = refusal.kind === 'declined' ? declineWords(refusal.declineCode) : 'authentication_failed'
      const known = isMessageKey(messages, `decline.${code}.title`) ? code : 'card_declined'
      return {
        title: messages[`decline.${known}.title` as 'decline.card_declined.title'],
        text: messages[`decline.${known}.text` as 'decline.card_declined.text'],
      }
    }
    case 'total_changed':
      return {
        title: say(messages, 'banner.total_changed.title'),
        text: say(messages, 'banner.total_changed.text', {
          total: formatMoney(refusal.total, refusal.currency, locale),
        }),
      }
    case 'error':
      return { title: messages['banner.error.title'], text: errorText(refusal, { locale, messages }) }
    case 'rate_limited':
    case 'connection':
    case 'quote_failed':
    case 'provider_changed':
    case 'card_unreachable':
    case 'card_incomplete':
      return { title: messages[`banner.${refusal.kind}.title`], text: messages[`banner.${refusal.kind}.text`] }
    default:
      return refusal satisfies never
  }
}

// The server's own words are English, so only English readers are shown them.
function errorText(
  { code, message }: { code?: string | undefined; message?: string | undefined },
  { locale, messages }: Language,
): string {
  const key = `refused.${code}`
  if (message && locale === 'en') return message
  return isMessageKey(messages, key) ? messages[key as 'refused.charge_in_progress'] : messages['banner.error.text']
}

// A step with the bank that was left, or is asked for where nobody can take it, is one that failed.
function declineWords(code = 'card_declined'): string {
  return code.startsWith('authentication_') ? 'authentication_failed' : code
}

const declineFields: Record<string, CheckoutFieldName> = {
  incorrect_number: 'cardNumber',
  expired_card: 'cardExpiry',
  invalid_expiry: 'cardExpiry',
  incorrect_cvc: 'cardCvc',
}

/** The field a decline is about, when it is about one. */
export function declinedField(refusal: Refusal | undefined): CheckoutFieldName | undefined {
  return refusal?.kind === 'declined' ? declineFields[refusal.declineCode ?? ''] : undefined
}
