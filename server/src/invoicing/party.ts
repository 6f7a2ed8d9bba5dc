import { documentTypeOf } from '#customers/document-type.ts'
import type { DocumentSay } from '#invoicing/document-words.ts'

/** A name and address block of an invoice, line by line. */
export type Party = { readonly label: string; readonly name: string; readonly lines: readonly string[] }

type PostalAddress = {
  readonly line1: string
  readonly line2: string | null
  readonly city: string
  readonly state: string | null
  readonly postalCode: string
  readonly country: string
}

// What a tax invoice has to call the number of its seller where that is no kind of document the API knows.
const numberNames: Readonly<Record<string, string>> = { AU: 'ABN', IN: 'GSTIN', NZ: 'GST number', SG: 'GST Reg. No.' }

const stateBesideCode = new Set(['US', 'CA', 'AU'])

/** The lines of an address in the order of its country, the country's name in the reader's language. */
export function addressLines(address: PostalAddress | null, locale: string): string[] {
  if (!address) return []
  const { line1, line2, city, state, postalCode, country } = address
  const town = stateBesideCode.has(country)
    ? [city, [state, postalCode].filter(isGiven).join(' ')].filter(isGiven).join(', ')
    : country === 'GB'
      ? [city, postalCode].filter(isGiven).join(' ')
      : [[postalCode, city].filter(isGiven).join(' '), state].filter(isGiven).join(', ')
  return [line1, line2, town, countryName(country, locale)].filter(isGiven)
}

/** A tax number with what it is called in its country: 'VAT ID DE123456789', 'RFC XAXX010101000'. */
export function taxIdLine(say: DocumentSay, country: string | null, taxId: string | null): string[] {
  if (!taxId) return []
  const type = country === null ? null : documentTypeOf(country, taxId)
  const label = type === 'VAT' ? say('vatId') : (type ?? numberNames[country ?? ''] ?? say('taxId'))
  return [`${label} ${taxId}`]
}

function countryName(country: string, locale: string): string {
  return new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' }).of(country) ?? country
}

function isGiven(text: string | null): text is string {
  return text !== null && text !== ''
}
