import { useEffect, useRef, useState } from 'preact/hooks'
import { formatExpiry } from '../card/card-expiry.ts'
import { brandFacts, type CardBrand, cardBrand, digitsOf, formatCardNumber } from '../card/card-number.ts'
import { typeInPlace } from '../card/type-in-place.ts'
import type { CardElement } from '../stripe/use-card-element.ts'
import { useText } from '../text/language.ts'
import { CardIcon } from '../ui/icons.tsx'
import { ElementFields } from './element-fields.tsx'
import type { FormPart } from './form-parts.ts'
import { looksMistyped } from './test-data.ts'
import { TextField } from './text-field.tsx'

/** How people call the providers; the built-in one has no name of its own. */
export const providerNames = { commet: '', stripe: 'Stripe', dlocal: 'dLocal' } as const

/** Name and card, typed here or in the provider's fields; or the name and a word about the provider's own page. */
export function PaymentFields({ element, ...part }: FormPart & { element: CardElement }) {
  const { checkout, initial, errors, asksForCard } = part
  const text = useText()
  return (
    <fieldset class="section">
      <legend>{text('section.payment')}</legend>
      {asksForCard && <CardFields {...part} />}
      {checkout.intake === 'element' && <ElementFields enhanced={part.enhanced} element={element} />}
      <TextField
        name="fullName"
        autocomplete={checkout.intake === 'page' ? 'billing name' : 'cc-name'}
        autocapitalize="words"
        spellcheck={false}
        label={text(asksForCard ? 'field.fullNameCard' : 'field.fullName')}
        initial={initial.fullName}
        error={errors.fullName}
        required
      />
      {checkout.intake === 'page' && (
        <p class="note">{text('card.provider', { provider: providerNames[checkout.provider] })}</p>
      )}
      {asksForCard && !checkout.livemode && <p class="note note-sandbox">{text('card.sandbox')}</p>}
      {checkout.intake === 'element' && !checkout.livemode && (
        <p class="note note-sandbox">{text('element.sandbox')}</p>
      )}
    </fieldset>
  )
}

function CardFields({ initial, errors }: FormPart) {
  const text = useText()
  const [brand, setBrand] = useState(cardBrand(initial.cardNumber))
  const [mistyped, setMistyped] = useState(false)
  const expiry = useRef(initial.cardExpiry)
  const cvcDigits = brand ? brandFacts[brand].cvcDigits : 3

  const row = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // A browser may have restored or filled in a number before the script arrived.
    const restored = row.current?.querySelector<HTMLInputElement>('[name=cardNumber]')?.value
    if (restored) setBrand(cardBrand(restored))
  }, [])

  return (
    <div ref={row} class="card-fields">
      <TextField
        name="cardNumber"
        inputmode="numeric"
        autocomplete="cc-number"
        spellcheck={false}
        label={text('field.cardNumber')}
        initial={formatCardNumber(initial.cardNumber)}
        error={errors.cardNumber}
        warning={mistyped ? text('card.luhn') : undefined}
        mark={brand ? <BrandMark brand={brand} /> : <CardIcon />}
        required
        onInput={(input) => {
          typeInPlace(input, formatCardNumber(input.value))
          setBrand(cardBrand(input.value))
          setMistyped(false)
        }}
        onBlur={(input) => setMistyped(looksMistyped(input.value))}
      />
      <div class="field-row">
        <TextField
          name="cardExpiry"
          inputmode="numeric"
          autocomplete="cc-exp"
          label={text('field.cardExpiry')}
          hint={text('field.cardExpiryHint')}
          initial={initial.cardExpiry}
          error={errors.cardExpiry}
          required
          onInput={(input) => {
            typeInPlace(input, formatExpiry(input.value, expiry.current))
            expiry.current = input.value
          }}
        />
        <TextField
          name="cardCvc"
          inputmode="numeric"
          autocomplete="cc-csc"
          label={text('field.cardCvc')}
          hint={text(cvcDigits === 4 ? 'field.cardCvcHintAmex' : 'field.cardCvcHint')}
          hintBelow
          initial=""
          error={errors.cardCvc}
          maxLength={4}
          required
          onInput={(input) => typeInPlace(input, digitsOf(input.value))}
        />
      </div>
    </div>
  )
}

function BrandMark({ brand }: { brand: CardBrand }) {
  return <span class="brand-mark">{brandFacts[brand].name}</span>
}
