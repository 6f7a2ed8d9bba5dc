import { useRef, useState } from 'preact/hooks'
import { quoteCheckout } from '../api/hosted-checkout.ts'
import { formatMoney } from '../format/money.ts'
import { useLanguage, useText } from '../text/language.ts'
import { type FieldErrors, listErrors, quoteErrors } from './field-errors.ts'
import type { CheckoutValues } from './form-values.ts'
import { priceFacts, samePriceFacts } from './quotes.ts'
import type { CheckoutDescription } from './render.types.ts'

export type QuoteResult =
  | { kind: 'priced'; checkout: CheckoutDescription }
  | { kind: 'refused'; errors: FieldErrors }
  | { kind: 'failed' }
  /** A later question was asked meanwhile; its answer counts. */
  | { kind: 'overtaken' }

/** The price as it is now, asked for again whenever something it depends on changes. */
export function useQuote(token: string, first: CheckoutDescription, firstValues: CheckoutValues) {
  const language = useLanguage()
  const text = useText()
  const [checkout, setCheckout] = useState(first)
  const [updating, setUpdating] = useState(false)
  const [announcement, setAnnouncement] = useState('')
  const priced = useRef(priceFacts(firstValues))
  const asked = useRef(0)

  async function quote(values: CheckoutValues): Promise<QuoteResult> {
    asked.current += 1
    const turn = asked.current
    const facts = priceFacts(values)
    setUpdating(true)
    setAnnouncement(text('summary.updating'))
    // No tax number is an answer too: the one that is known does not count then.
    const filled = Object.entries(facts).filter(([name, value]) => value !== '' || name === 'taxDocument')
    const answer = await quoteCheckout(
      { fetch: window.fetch.bind(window), page: first.page, token },
      Object.fromEntries(filled),
    )
    if (turn !== asked.current) return { kind: 'overtaken' }
    setUpdating(false)
    if (answer.kind === 'ok') {
      const { total, currency } = answer.data
      priced.current = facts
      setCheckout(answer.data)
      setAnnouncement(text('summary.updated', { total: formatMoney(total, currency, language.locale) }))
      return { kind: 'priced', checkout: answer.data }
    }
    const errors = answer.kind === 'refused' ? quoteErrors(answer, values, first.intake === 'card', language) : {}
    const sentences = listErrors(errors).map((error) => error.text)
    setAnnouncement(sentences.join(' ') || text('banner.quote_failed.title'))
    return sentences.length > 0 ? { kind: 'refused', errors } : { kind: 'failed' }
  }

  const isPriced = (values: CheckoutValues) => samePriceFacts(priceFacts(values), priced.current)
  return { checkout, updating, announcement, quote, isPriced }
}
