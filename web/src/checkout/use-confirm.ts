import { useRef, useState } from 'preact/hooks'
import { confirmCheckout, describeCheckout } from '../api/hosted-checkout.ts'
import { useLanguage } from '../text/language.ts'
import { type ConfirmOutcome, confirmPatiently, newIdempotencyKey } from './confirm.ts'
import { type FieldErrors, promoRefusal, serverErrors } from './field-errors.ts'
import { type CheckoutValues, confirmBody } from './form-values.ts'
import { safeLink, withLook } from './link.ts'
import type { Phase } from './pay-button.tsx'
import type { Refusal } from './refusal.ts'

/** What the form has to show; null when the browser is on its way to another page. */
export type Shown = { errors: FieldErrors; refusal?: Refusal } | null

/** Sending the form: one key per try, kept while the answer is missing. */
export function useConfirm(page: 'checkout' | 'pay', token: string, asksForCard: boolean) {
  const language = useLanguage()
  const [phase, setPhase] = useState<Phase>('idle')
  /** The try whose answer never came. Sending the same again must carry the same key. */
  const unanswered = useRef<{ key: string; body: string } | null>(null)
  const server = () => ({ fetch: window.fetch.bind(window), page, token })

  function leaveFor(address: string | null): null {
    setPhase('leaving')
    window.location.assign(safeLink(address) ?? `/${page}/${encodeURIComponent(token)}${window.location.search}`)
    return null
  }

  /** Whether the checkout is still open; leaves for its page when it is not. Undefined when nobody answers. */
  async function stillOpen(): Promise<boolean | undefined> {
    const answer = await describeCheckout(server())
    if (answer.kind === 'unanswered') return undefined
    if (answer.kind === 'ok' && answer.data.status === 'open') return true
    leaveFor(null)
    return false
  }

  async function confirm(values: CheckoutValues): Promise<Shown> {
    const body = JSON.stringify(confirmBody(values, asksForCard))
    if (unanswered.current && unanswered.current.body !== body) {
      // The earlier try may have gone through: nothing else is sent before that is known.
      const open = await stillOpen()
      if (open === undefined) return { errors: {}, refusal: { kind: 'connection' } }
      if (!open) return null
      unanswered.current = null
    }
    const attempt = unanswered.current ?? { key: newIdempotencyKey(), body }
    unanswered.current = attempt
    const outcome = await confirmPatiently({
      send: () => confirmCheckout(server(), attempt.key, body),
      wait: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
      onRetry: () => setPhase('retrying'),
    })
    if (outcome.kind !== 'unknown') unanswered.current = null
    return show(outcome, values)
  }

  async function show(outcome: ConfirmOutcome, values: CheckoutValues): Promise<Shown> {
    switch (outcome.kind) {
      case 'succeeded':
        return leaveFor(outcome.redirectUrl)
      case 'requires_action':
        return leaveFor(withLook(outcome.url, window.location))
      case 'declined':
        return { errors: {}, refusal: { kind: 'declined', declineCode: outcome.declineCode } }
      case 'invalid':
        return { errors: serverErrors(outcome.errors, values, asksForCard, language) }
      case 'promo_refused':
        return { errors: { promoCode: promoRefusal(outcome.code, language) } }
      case 'rate_limited':
        return { errors: {}, refusal: { kind: 'rate_limited' } }
      case 'moved_on':
        return (await stillOpen()) === false ? null : { errors: {}, refusal: errorWith(outcome.message) }
      case 'refused':
        return { errors: {}, refusal: errorWith(outcome.message) }
      case 'unknown':
        return { errors: {}, refusal: { kind: 'connection' } }
      default:
        return outcome satisfies never
    }
  }

  /** The server's own words are English, so only English readers are shown them. */
  function errorWith(message: string): Refusal {
    return { kind: 'error', message: language.locale === 'en' && message ? message : undefined }
  }

  return { phase, setPhase, confirm }
}
