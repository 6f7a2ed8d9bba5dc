import { useEffect, useRef, useState } from 'preact/hooks'
import { useCardElement } from '../stripe/use-card-element.ts'
import { useLanguage } from '../text/language.ts'
import { type FieldErrors, mistakeErrors, withDecline } from './field-errors.ts'
import { type CheckoutValues, findMistakes, formField, initialValues, readValues } from './form-values.ts'
import type { PageData } from './page-data.ts'
import { samePrice } from './quotes.ts'
import type { Refusal } from './refusal.ts'
import { useConfirm } from './use-confirm.ts'
import { useQuote } from './use-quote.ts'

/** What the last press of the button came to; `moment` counts the presses, so that each is brought into view. */
type Findings = { errors: FieldErrors; refusal: Refusal | undefined; moment: number }

type OpenCheckout = Pick<PageData, 'checkout' | 'token' | 'values' | 'errors' | 'banner'>

/** Everything that happens on an open checkout: typing, re-pricing, sending. What is typed lives in the form itself. */
export function useCheckout(props: OpenCheckout) {
  const language = useLanguage()
  const initial = initialValues(props.checkout, props.values)
  const asksForCard = props.checkout.intake === 'card'
  const { checkout, updating, announcement, quote, isPriced } = useQuote(props.token, props.checkout, initial)
  const element = useCardElement(checkout)
  const { phase, setPhase, confirm } = useConfirm(checkout, props.token, element)
  const [country, setCountry] = useState(initial.country)
  const [enhanced, setEnhanced] = useState(false)
  /** What a new price was refused for. */
  const [priceErrors, setPriceErrors] = useState<FieldErrors>({})
  /** Fields typed in since the last findings: their error is answered. */
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const [findings, setFindings] = useState<Findings>({ errors: props.errors, refusal: props.banner, moment: 0 })
  const form = useRef<HTMLFormElement>(null)
  const busy = useRef(false)

  const typed = (): CheckoutValues => readValues(new FormData(form.current ?? undefined))

  useEffect(() => {
    setEnhanced(true)
    // What the customer chose before the script arrived counts.
    if (typed().country !== initial.country) changeCountry(typed().country)
    // Coming back from the bank's page, the browser may show this one as it was left, button still turning.
    const restored = (event: PageTransitionEvent) => event.persisted && window.location.reload()
    window.addEventListener('pageshow', restored)
    return () => window.removeEventListener('pageshow', restored)
  }, [])

  function report(errors: FieldErrors, refusal?: Refusal) {
    setTouched(new Set())
    setPriceErrors({})
    setFindings(({ moment }) => ({ errors: withDecline(errors, refusal, language), refusal, moment: moment + 1 }))
  }

  /** Asks for the price of what is typed. A failure is silent: the price is asked for again before anything is sent. */
  async function reprice(values = typed()) {
    if (isPriced(values)) return
    const result = await quote(values)
    if (result.kind !== 'overtaken') setPriceErrors(result.kind === 'refused' ? result.errors : {})
  }

  function changeCountry(code: string) {
    setCountry(code)
    void reprice({ ...typed(), country: code })
  }

  /** True when the price on the page is the price of what is typed; else says why not. */
  async function priceStands(values: CheckoutValues): Promise<boolean> {
    if (isPriced(values)) return true
    const result = await quote(values)
    if (result.kind === 'priced' && samePrice(result.checkout, checkout)) return true
    if (result.kind === 'priced') {
      const { total, currency } = result.checkout
      report({}, { kind: 'total_changed', total, currency })
    } else if (result.kind === 'refused') report(result.errors)
    else if (result.kind === 'failed') report({}, { kind: 'quote_failed' })
    return false
  }

  /** One press of the button. Presses while one is under way are ignored. */
  async function submit() {
    if (busy.current) return
    const values = typed()
    const mistakes = findMistakes(values, asksForCard)
    if (mistakes.length > 0) return report(mistakeErrors(mistakes, asksForCard, language))
    busy.current = true
    setPhase('sending')
    const shown = (await priceStands(values)) ? await confirm(values) : undefined
    if (shown === null) return
    busy.current = false
    setPhase('idle')
    if (shown) report(shown.errors, shown.refusal)
  }

  function touch(name: string) {
    const field = formField(name)
    if (field && findings.errors[field] && !touched.has(field)) setTouched(new Set([...touched, field]))
    if (field && priceErrors[field]) setPriceErrors({})
  }

  const open = Object.entries(findings.errors).filter(([field]) => !touched.has(field))
  const errors: FieldErrors = { ...priceErrors, ...Object.fromEntries(open) }

  return {
    part: { checkout, initial, errors, country, asksForCard, enhanced },
    ...{ form, findings, phase, updating, announcement, element },
    ...{ submit, reprice, changeCountry, touch, typed },
  }
}

export type CheckoutState = ReturnType<typeof useCheckout>
