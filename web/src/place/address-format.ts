import type { MessageKey } from '../text/messages.ts'

export type AddressFormat = {
  postalCode: { label: MessageKey; required: boolean }
  /** Null where an address has no state, province or the like. */
  state: { label: MessageKey; required: boolean } | null
}

const withoutPostalCode = new Set(
  (
    'AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GN GQ GY HK JM KI KM KN KP LC LY ML MO MR ' +
    'MW NR NU PA QA RW SB SC SL SO SR SS ST SY TD TG TK TL TO TV UG VU YE ZW'
  ).split(' '),
)

const withoutState = new Set(
  'AT BE BG CH CY CZ DE DK EE FI FR GB GR HR HU IL IS LI LT LU LV MC MT NL NO NZ PL PT RO SE SG SI SK SM VA HK MO'.split(
    ' ',
  ),
)

const postalLabels: Record<string, MessageKey> = {
  US: 'field.zip',
  PR: 'field.zip',
  BR: 'field.cep',
  IN: 'field.pin',
  IE: 'field.eircode',
}

const stateLabels: Record<string, { label: MessageKey; required: boolean }> = {
  US: { label: 'field.state', required: true },
  BR: { label: 'field.state', required: true },
  MX: { label: 'field.state', required: true },
  IN: { label: 'field.state', required: true },
  AU: { label: 'field.state', required: true },
  CA: { label: 'field.province', required: true },
  AR: { label: 'field.province', required: false },
  ES: { label: 'field.province', required: false },
  IT: { label: 'field.province', required: false },
  CO: { label: 'field.department', required: false },
  UY: { label: 'field.department', required: false },
  PY: { label: 'field.department', required: false },
  CL: { label: 'field.region', required: false },
  PE: { label: 'field.region', required: false },
  JP: { label: 'field.prefecture', required: true },
}

/** How the lower part of an address is asked for in a country; '' (not chosen yet) asks for everything and insists on little. */
export function addressFormat(country: string): AddressFormat {
  const postalCodeRequired = country !== '' && !withoutPostalCode.has(country)
  return {
    postalCode: { label: postalLabels[country] ?? 'field.postalCode', required: postalCodeRequired },
    state: withoutState.has(country)
      ? null
      : (stateLabels[country] ?? { label: 'field.stateOrRegion', required: false }),
  }
}

const europeanUnion = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
)

const taxIdNames: Record<string, string> = {
  AR: 'CUIT',
  AU: 'ABN',
  BR: 'CNPJ / CPF',
  CA: 'GST / HST',
  CH: 'UID / MWST',
  CL: 'RUT',
  CO: 'NIT',
  EC: 'RUC',
  IN: 'GSTIN',
  MX: 'RFC',
  NZ: 'GST',
  PE: 'RUC',
  PY: 'RUC',
  US: 'EIN',
  UY: 'RUT',
}

/** The local name of a business's tax number ('RFC'), 'vat' where it is the VAT number, or null when only 'tax id' will do. */
export function taxIdName(country: string): string | 'vat' | null {
  if (europeanUnion.has(country) || country === 'GB' || country === 'NO') return 'vat'
  return taxIdNames[country] ?? null
}
