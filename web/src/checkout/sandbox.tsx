import { useEffect, useState } from 'preact/hooks'
import { formatDay } from '../format/day.ts'
import { useLanguage, useText } from '../text/language.ts'
import { Fold } from '../ui/fold.tsx'
import type { CheckoutDescription } from './render.types.ts'
import { type TestCountry, testCards, testCountries } from './test-data.ts'

/** Says on every page of a sandbox that it is one. */
export function SandboxBanner() {
  const text = useText()
  return (
    <header class="sandbox-banner">
      <strong>{text('sandbox.banner')}</strong>
      <span>{text('sandbox.bannerText')}</span>
    </header>
  )
}

type TestDataProps = { checkout: CheckoutDescription; enhanced: boolean; onFill: FillTestData }

export type FillTestData = (card: string, country: TestCountry | null) => void

/** Test cards and addresses, one press each. Only ever rendered in a sandbox; without script the numbers can be copied. */
export function TestDataPanel({ checkout, enhanced, onFill }: TestDataProps) {
  const { locale } = useLanguage()
  const text = useText()
  const [filled, setFilled] = useState(false)
  const [isWide, setIsWide] = useState(false)
  const regions = new Intl.DisplayNames(locale, { type: 'region' })

  // Beside the form there is room for it; above the form it would be in the way.
  useEffect(() => setIsWide(window.matchMedia('(min-width: 60rem)').matches), [])

  const fill: FillTestData = (card, country) => {
    onFill(card, country)
    setFilled(true)
  }
  return (
    <Fold class="test-data" label={text('sandbox.title')} open={isWide}>
      <p class="test-data-lead">{text('sandbox.cards')}</p>
      <ul class="test-cards">
        {testCards.map(({ number, outcome, symbol }) => (
          <li key={number}>
            <button type="button" class="test-card" disabled={!enhanced} onClick={() => fill(number, null)}>
              <span class="test-card-outcome" data-symbol={symbol}>
                {text(outcome)}
              </span>
              <span class="test-card-number" dir="ltr">
                {number}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p class="test-data-lead">{text('sandbox.addresses')}</p>
      <ul class="test-countries">
        {testCountries.map((country) => (
          <li key={country.code}>
            <button type="button" class="test-country" disabled={!enhanced} onClick={() => fill(country.card, country)}>
              {regions.of(country.code)}
            </button>
          </li>
        ))}
      </ul>
      <p class="test-data-note" role="status">
        {text(filled ? 'sandbox.filled' : 'sandbox.details')}
      </p>
      {checkout.clock && (
        <p class="test-data-note">
          {text(checkout.clock.isSimulated ? 'sandbox.clockMoved' : 'sandbox.clock', {
            date: formatDay(checkout.clock.today, locale),
          })}
        </p>
      )}
    </Fold>
  )
}
