import { useRef, useState } from 'preact/hooks'
import { completeCheckout, confirmCheckout, describeCheckout } from '../api/hosted-checkout.ts'
import type { CardElement } from '../stripe/use-card-element.ts'
import { useLanguage } from '../text/language.ts'
import { type ConfirmOutcome, confirmPatiently, newIdempotencyKey, type Retrying } from './confirm.ts'
import { type CheckoutValues, confirmBody } from './form-values.ts'
import { safeLink, withLook } from './link.ts'
import type { Phase } from './pay-button.tsx'
import type { CheckoutDescription } from './render.types.ts'
import { cardRefusal, errorWith, type Shown, shownOf } from './shown.ts'

type Try = {
  key: string
  /** What was typed, with the state of the provider's fields: the same again is the same try. */
  typed: string
  body: string
}

/** Sending the form: one key per try, kept while the answer is missing. */
export function useConfirm({ page, intake }: CheckoutDescription, token: string, element: CardElement) {
  const asksForCard = intake === 'card'
  const language = useLanguage()
  const [phase, setPhase] = useState<Phase>('idle')
  /** The try whose answer never came. Sending the same again must carry the same key. */
  const unanswered = useRef<Try | null>(null)
  const server = () => ({ fetch: window.fetch.bind(window), page, token })

  function leaveFor(address: string | null): null {
    setPhase('leaving')
    window.location.assign(safeLink(address) ?? `/${page}/${encodeURIComponent(token)}${window.location.search}`)
    return null
  }

  /**
   * Whether the checkout is still open, and takes cards as this page does; leaves for its page when it is not. Undefined when nobody
   * answers.
   */
  async function stillOpen(): Promise<boolean | 'otherwise' | undefined> {
    const answer = await describeCheckout(server())
    if (answer.kind === 'unanswered') return undefined
    if (answer.kind === 'ok' && answer.data.status === 'open') return answer.data.intake === intake || 'otherwise'
    leaveFor(null)
    return false
  }

  async function confirm(values: CheckoutValues): Promise<Shown> {
    const body = confirmBody(values, asksForCard)
    const typed = JSON.stringify([body, element.edits()])
    if (unanswered.current && unanswered.current.typed !== typed) {
      // The earlier try may have gone through: nothing else is sent before that is known.
      const open = await stillOpen()
      if (open === undefined) return { errors: {}, refusal: { kind: 'connection' } }
      if (!open) return null
      unanswered.current = null
    }
    // The same try sends the same card again: a second token for it would be a second try.
    const card = intake === 'element' && !unanswered.current ? await element.takeCard(values, returnAddress()) : null
    if (card && card.kind !== 'token') return { errors: {}, refusal: cardRefusal(card) }
    const paymentToken = card ? { paymentToken: card.token } : {}
    const attempt = unanswered.current ?? {
      key: newIdempotencyKey(),
      typed,
      body: JSON.stringify({ ...body, ...paymentToken }),
    }
    unanswered.current = attempt
    const outcome = await patiently(() => confirmCheckout(server(), attempt.key, attempt.body))
    if (outcome.kind !== 'unknown') unanswered.current = null
    return show(outcome, values)
  }

  function patiently(send: Retrying['send']): Promise<ConfirmOutcome> {
    return confirmPatiently({
      send,
      wait: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
      onRetry: () => setPhase('retrying'),
    })
  }

  /** Where a bank that needs a page of its own sends the customer back to. */
  function returnAddress(): string {
    const { origin, search } = window.location
    return withLook(`${origin}/${page}/${encodeURIComponent(token)}/authenticate`, { origin, search })
  }

  /** The bank's step on this page; whatever the provider's script says of it, the server knows how it went. */
  async function authenticate(clientSecret: string, values: CheckoutValues): Promise<Shown> {
    setPhase('authenticating')
    await element.authenticate(clientSecret)
    const outcome = await patiently(() => completeCheckout(server()))
    if (outcome.kind === 'requires_action') return { errors: {}, refusal: { kind: 'authentication_failed' } }
    return show(outcome, values)
  }

  async function show(outcome: ConfirmOutcome, values: CheckoutValues): Promise<Shown> {
    switch (outcome.kind) {
      case 'succeeded':
        return leaveFor(outcome.redirectUrl)
      case 'requires_action':
        if (intake === 'element' && outcome.clientSecret !== undefined)
          return authenticate(outcome.clientSecret, values)
        return leaveFor(withLook(outcome.url, window.location))
      case 'moved_on':
        return movedOn(await stillOpen(), outcome)
      default:
        return shownOf(outcome, values, asksForCard, language)
    }
  }

  function movedOn(
    open: Awaited<ReturnType<typeof stillOpen>>,
    outcome: Extract<ConfirmOutcome, { kind: 'moved_on' }>,
  ): Shown {
    if (open === false) return null
    return { errors: {}, refusal: open === 'otherwise' ? { kind: 'provider_changed' } : errorWith(outcome) }
  }

  return { phase, setPhase, confirm }
}
