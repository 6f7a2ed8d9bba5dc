import { addressFormat } from '../place/address-format.ts'
import type { Country } from '../place/countries.ts'
import { useLanguage, useText } from '../text/language.ts'
import { CountrySelect } from '../ui/country-select.tsx'
import { Field } from '../ui/field.tsx'
import { Fold } from '../ui/fold.tsx'
import { fieldLabel } from './field-errors.ts'
import type { FormPart } from './form-parts.ts'
import type { CheckoutFieldName } from './render.types.ts'
import { TextField } from './text-field.tsx'

export function ContactFields({ checkout, initial, errors }: FormPart) {
  const { email, isEmailFixed } = checkout.customer
  const text = useText()
  return (
    <fieldset class="section">
      <legend>{text('section.contact')}</legend>
      <TextField
        name="email"
        isEmail
        inputmode="email"
        autocomplete="email"
        autocapitalize="none"
        spellcheck={false}
        label={text('field.email')}
        initial={isEmailFixed ? email : initial.email}
        readOnly={isEmailFixed}
        error={errors.email}
        required
      />
    </fieldset>
  )
}

type AddressProps = FormPart & {
  countries: readonly Country[]
  onCountry: (code: string) => void
  /** Something else that tax depends on was typed. */
  onTaxFact: () => void
  /** Where a page without script asks for new totals. */
  quoteAction: string
}

/** The billing address, asked for as the chosen country writes it. */
export function AddressFields(props: AddressProps) {
  const { initial, errors, country, asksForCard, enhanced, quoteAction } = props
  const language = useLanguage()
  const text = useText()
  const format = addressFormat(country)
  const label = (name: CheckoutFieldName) => fieldLabel(name, country, asksForCard, language)
  // Without script the labels cannot follow the country, so the browser must not insist on what another country needs.
  const needsState = enhanced && format.state?.required === true
  const needsPostalCode = enhanced && format.postalCode.required
  const optional = text('field.optional')
  return (
    <fieldset class="section">
      <legend>{text('section.address')}</legend>
      <CountryField {...props} />
      {!enhanced && (
        <noscript>
          <button class="button-quiet" type="submit" formaction={quoteAction} formnovalidate>
            {text('field.updateTotal')}
          </button>
        </noscript>
      )}
      <TextField
        name="line1"
        autocomplete="billing address-line1"
        label={text('field.line1')}
        initial={initial.line1}
        error={errors.line1}
        required
      />
      <TextField
        name="line2"
        autocomplete="billing address-line2"
        label={text('field.line2')}
        optional={optional}
        initial={initial.line2}
        error={errors.line2}
      />
      <TextField
        name="city"
        autocomplete="billing address-level2"
        label={text('field.city')}
        initial={initial.city}
        error={errors.city}
        required
      />
      <div class="field-row">
        {format.state && (
          <TextField
            name="state"
            autocomplete="billing address-level1"
            label={label('state')}
            optional={enhanced && !format.state.required ? optional : undefined}
            initial={initial.state}
            error={errors.state}
            required={needsState}
            onChange={props.onTaxFact}
          />
        )}
        <TextField
          name="postalCode"
          autocomplete="billing postal-code"
          autocapitalize="characters"
          spellcheck={false}
          label={label('postalCode')}
          optional={enhanced && country !== '' && !format.postalCode.required ? optional : undefined}
          initial={initial.postalCode}
          error={errors.postalCode}
          required={needsPostalCode}
          onChange={props.onTaxFact}
        />
      </div>
      {props.checkout.intake === 'page' && <TaxNumberField {...props} label={label('taxDocument')} />}
      <BusinessField {...props} label={label('taxDocument')} />
    </fieldset>
  )
}

function CountryField({ countries, country, errors, onCountry }: AddressProps) {
  const text = useText()
  return (
    <Field name="country" label={text('field.country')} error={errors.country}>
      {(attributes) => (
        <CountrySelect attributes={attributes} country={country} countries={countries} onCountry={onCountry} />
      )}
    </Field>
  )
}

function BusinessField(props: AddressProps & { label: string }) {
  const { checkout, initial, errors } = props
  const text = useText()
  // Where everybody is asked for a number it stands among the fields above.
  const asksForNumber = checkout.intake !== 'page'
  const isBusiness = (asksForNumber && initial.taxDocument !== '') || initial.company !== ''
  return (
    <Fold label={text('field.business')} open={isBusiness || (asksForNumber && errors.taxDocument !== undefined)}>
      <TextField
        name="company"
        autocomplete="billing organization"
        autocapitalize="words"
        spellcheck={false}
        label={text('field.company')}
        initial={initial.company}
        error={errors.company}
      />
      {asksForNumber && <TaxNumberField {...props} />}
    </Fold>
  )
}

/** Where the card is typed on the provider's page, the bank asks everybody for a number, not only businesses. */
function TaxNumberField({ checkout, initial, errors, label, onTaxFact }: AddressProps & { label: string }) {
  const text = useText()
  const isForBank = checkout.intake === 'page'
  return (
    <TextField
      name="taxDocument"
      autocomplete="off"
      autocapitalize="characters"
      spellcheck={false}
      label={label}
      initial={initial.taxDocument}
      hint={text(isForBank ? 'field.taxDocumentBank' : 'field.taxDocumentHint')}
      hintBelow
      error={errors.taxDocument}
      warning={checkout.taxDocumentIgnored && !isForBank ? text('tax.numberIgnored', { label }) : undefined}
      required={isForBank}
      onChange={onTaxFact}
    />
  )
}
