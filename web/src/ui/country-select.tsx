import type { Country } from '../place/countries.ts'
import { useText } from '../text/language.ts'
import type { ControlAttributes } from './field.tsx'
import { ChevronIcon } from './icons.tsx'

type CountrySelectProps = {
  attributes: ControlAttributes
  /** The code that is chosen; empty for none yet. */
  country: string
  countries: readonly Country[]
  onCountry?: (code: string) => void
}

/** The country of a billing address. */
export function CountrySelect({ attributes, country, countries, onCountry }: CountrySelectProps) {
  const text = useText()
  return (
    <div class="select">
      <select
        {...attributes}
        class="control"
        autocomplete="billing country"
        required
        onChange={onCountry && ((event) => onCountry(event.currentTarget.value))}
      >
        <option value="" disabled selected={country === ''}>
          {text('field.countryPrompt')}
        </option>
        {countries.map(({ code, name }) => (
          <option key={code} value={code} selected={code === country}>
            {name}
          </option>
        ))}
      </select>
      <ChevronIcon class="icon select-chevron" />
    </div>
  )
}
