import { addressFormat } from '../place/address-format.ts'
import { countriesIn } from '../place/countries.ts'
import { useText } from '../text/language.ts'
import { CountrySelect } from '../ui/country-select.tsx'
import { Field } from '../ui/field.tsx'
import { ActionForm, useRefusal } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalDescription } from './portal.types.ts'
import { usePortal } from './words.ts'

/** The form of name, address, tax id and purchase order. It asks in the words of the country that is on record. */
export function DetailsPart({ portal }: { portal: PortalDescription }) {
  const { text, locale } = usePortal()
  const label = useText()
  const refusal = useRefusal('billing-details')
  const { customer } = portal
  const { address } = customer
  const typed = refusal?.values
  const country = typed?.country ?? address?.country ?? ''
  const format = addressFormat(country)
  const errorOf = (name: string) =>
    refusal?.errors.find(({ field }) => field === name || field === `address.${name}`) &&
    (name === 'taxDocument'
      ? text('refused.taxDocument')
      : label(errorKeys[name as keyof typeof errorKeys] ?? 'errors.invalid.other', {
          label: name === 'poNumber' ? text('details.poNumber') : name,
        }))
  const input = (
    name: string,
    words: string,
    initial: string | null | undefined,
    autocomplete: string,
    optional = false,
  ) => (
    <Field name={name} label={words} optional={optional ? label('field.optional') : undefined} error={errorOf(name)}>
      {(attributes) => (
        <input
          {...attributes}
          class="control"
          type="text"
          autocomplete={autocomplete}
          required={!optional && !dependsOnCountry.has(name)}
          defaultValue={typed?.[name] ?? initial ?? ''}
        />
      )}
    </Field>
  )
  return (
    <Card id="details" title={text('details.title')}>
      <p class="soft">{text('details.text')}</p>
      <ActionForm action="billing-details" class="card-form">
        {input('fullName', text('details.name'), customer.fullName, 'name')}
        <Field name="country" label={label('field.country')} error={errorOf('country')}>
          {(attributes) => <CountrySelect attributes={attributes} country={country} countries={countriesIn(locale)} />}
        </Field>
        {input('line1', label('field.line1'), address?.line1, 'billing address-line1')}
        {input('line2', label('field.line2'), address?.line2, 'billing address-line2', true)}
        {input('city', label('field.city'), address?.city, 'billing address-level2')}
        {input(
          'state',
          label(format.state?.label ?? 'field.stateOrRegion'),
          address?.state,
          'billing address-level1',
          format.state?.required !== true,
        )}
        {input(
          'postalCode',
          label(format.postalCode.label),
          address?.postalCode,
          'billing postal-code',
          !format.postalCode.required,
        )}
        {input('taxDocument', label('field.taxDocument'), customer.taxDocument, 'off', true)}
        {input('poNumber', text('details.poNumber'), customer.poNumber, 'off', true)}
        <button type="submit" class="button">
          {text('details.save')}
        </button>
      </ActionForm>
    </Card>
  )
}

// Without script the form cannot follow another country that is chosen: a browser must not insist on what only the old one asks for.
const dependsOnCountry: ReadonlySet<string> = new Set(['state', 'postalCode'])

const errorKeys = {
  fullName: 'errors.required.fullName',
  country: 'errors.required.country',
  line1: 'errors.required.line1',
  city: 'errors.required.city',
  state: 'errors.required.state',
  postalCode: 'errors.required.postalCode',
} as const
