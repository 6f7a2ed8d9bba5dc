import type { Stripe, StripeElements, StripeError, StripePaymentElement } from '@stripe/stripe-js'
import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { CheckoutValues } from '../checkout/form-values.ts'
import type { CheckoutDescription } from '../checkout/render.types.ts'
import { useLanguage } from '../text/language.ts'
import { currentAppearance } from './appearance.ts'
import { fieldOptions, groupOptions, priceOptions, tokenParams } from './element-options.ts'
import { loadStripe } from './stripe-script.ts'

export type ElementStatus = 'loading' | 'ready' | 'failed'

/** What the fields gave: a token for the card; or what is in the way, with nothing sent and nothing charged. */
export type TakenCard =
  | { kind: 'token'; token: string }
  /** The fields say themselves what is missing. */
  | { kind: 'incomplete' }
  | { kind: 'declined'; declineCode: string | undefined }
  | { kind: 'unreachable' }

export type CardElement = {
  status: ElementStatus
  /** Where the fields are put. */
  place: RefObject<HTMLDivElement | null>
  retry: () => void
  /** Counts what was typed, so that another card is told from the same one. */
  edits: () => number
  takeCard: (values: CheckoutValues, returnUrl: string) => Promise<TakenCard>
  /** Shows the customer the step their bank asks for. How it went is asked of the server. */
  authenticate: (clientSecret: string) => Promise<void>
}

type Mounted = { stripe: Stripe; elements: StripeElements; element: StripePaymentElement }

/** How long the fields may take to show up once the script is there. */
const patienceMs = 20_000

/** Stripe's card fields on the page; they load where the checkout takes its card with them, and nowhere else. */
export function useCardElement(checkout: CheckoutDescription): CardElement {
  const { locale } = useLanguage()
  const key = checkout.intake === 'element' ? checkout.publishableKey : null
  const [status, setStatus] = useState<ElementStatus>('loading')
  const [tries, setTries] = useState(0)
  const place = useRef<HTMLDivElement>(null)
  const mounted = useRef<Mounted | null>(null)
  const edits = useRef(0)
  const shown = useRef(checkout)
  shown.current = checkout

  useEffect(() => {
    if (key === null) return
    let isGone = false
    const settle = (outcome: ElementStatus) => {
      window.clearTimeout(timer)
      if (!isGone) setStatus(outcome)
    }
    const timer = window.setTimeout(() => settle('failed'), 2 * patienceMs)
    loadStripe()
      .then((connect) => {
        if (isGone || !place.current) return
        const stripe = connect(key, { locale })
        const elements = stripe.elements(groupOptions(shown.current, locale, currentAppearance()))
        const element = elements.create('payment', fieldOptions)
        element.on('ready', () => settle('ready'))
        element.on('loaderror', () => settle('failed'))
        element.on('change', () => {
          edits.current += 1
        })
        element.mount(place.current)
        mounted.current = { stripe, elements, element }
      })
      .catch(() => settle('failed'))
    return () => {
      isGone = true
      window.clearTimeout(timer)
      mounted.current?.element.destroy()
      mounted.current = null
    }
  }, [key, tries])

  const { kind, currency, total, elementAmount } = checkout
  useEffect(() => {
    void mounted.current?.elements.update(priceOptions(shown.current))
  }, [kind, currency, total, elementAmount])

  useEffect(() => {
    if (key === null) return
    const scheme = window.matchMedia('(prefers-color-scheme: dark)')
    const follow = () => void mounted.current?.elements.update({ appearance: currentAppearance() })
    scheme.addEventListener('change', follow)
    return () => scheme.removeEventListener('change', follow)
  }, [key])

  async function takeCard(values: CheckoutValues, returnUrl: string): Promise<TakenCard> {
    const fields = mounted.current
    if (!fields || status !== 'ready') return { kind: 'unreachable' }
    const { stripe, elements } = fields
    try {
      await elements.update(priceOptions(shown.current))
      const submitted = await elements.submit()
      if (submitted.error) return refused(submitted.error)
      const made = await stripe.createConfirmationToken({ elements, params: tokenParams(values, returnUrl) })
      return made.error ? refused(made.error) : { kind: 'token', token: made.confirmationToken.id }
    } catch {
      return { kind: 'unreachable' }
    }
  }

  async function authenticate(clientSecret: string): Promise<void> {
    await carryOut(mounted.current?.stripe, clientSecret)
  }

  function retry() {
    setStatus('loading')
    setTries(tries + 1)
  }

  return { status, place, retry, edits: () => edits.current, takeCard, authenticate }
}

/** The step at the bank. It may have been finished before, or refused: the server knows, so nothing is concluded here. */
export async function carryOut(stripe: Stripe | undefined, clientSecret: string): Promise<void> {
  try {
    await stripe?.handleNextAction({ clientSecret })
  } catch {
    // Thrown where there is no step to take any more.
  }
}

function refused({ type, code, decline_code: declineCode }: StripeError): TakenCard {
  if (type === 'validation_error') return { kind: 'incomplete' }
  if (type === 'card_error') return { kind: 'declined', declineCode: declineCode ?? code }
  return { kind: 'unreachable' }
}
