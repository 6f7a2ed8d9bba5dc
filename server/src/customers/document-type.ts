/** Kinds of tax document that Halley can tell from a country and the document's form. */
export const documentTypes = ['CUIT', 'CNPJ', 'CPF', 'RFC', 'RUT', 'NIT', 'RUC', 'VAT', 'EIN'] as const
export type DocumentType = (typeof documentTypes)[number]

type Form = readonly [type: DocumentType, form: RegExp]

// Matched without spaces, dots, dashes and slashes, in upper case. A CNPJ may hold letters, all but its two check digits.
const formsByCountry: Readonly<Record<string, readonly Form[]>> = {
  AR: [['CUIT', /^(20|23|24|25|26|27|30|33|34)\d{9}$/]],
  BR: [
    ['CPF', /^\d{11}$/],
    ['CNPJ', /^[0-9A-Z]{12}\d{2}$/],
  ],
  CL: [['RUT', /^\d{7,8}[0-9K]$/]],
  CO: [['NIT', /^\d{9,10}$/]],
  MX: [['RFC', /^[A-ZÑ&]{3,4}\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[0-9A-Z]{3}$/]],
  PE: [['RUC', /^(10|15|16|17|20)\d{9}$/]],
  US: [['EIN', /^\d{9}$/]],
}

// Greece writes EL. The prefix may be left out, as the country is known.
const vatNumbers: Readonly<Record<string, RegExp>> = {
  AT: /^(AT)?U\d{8}$/,
  BE: /^(BE)?[01]\d{9}$/,
  BG: /^(BG)?\d{9,10}$/,
  CY: /^(CY)?\d{8}[A-Z]$/,
  CZ: /^(CZ)?\d{8,10}$/,
  DE: /^(DE)?\d{9}$/,
  DK: /^(DK)?\d{8}$/,
  EE: /^(EE)?\d{9}$/,
  ES: /^(ES)?[0-9A-Z]\d{7}[0-9A-Z]$/,
  FI: /^(FI)?\d{8}$/,
  FR: /^(FR)?[0-9A-HJ-NP-Z]{2}\d{9}$/,
  GR: /^(EL)?\d{9}$/,
  HR: /^(HR)?\d{11}$/,
  HU: /^(HU)?\d{8}$/,
  IE: /^(IE)?\d[0-9A-Z+*]\d{5}[A-Z]{1,2}$/,
  IT: /^(IT)?\d{11}$/,
  LT: /^(LT)?(\d{9}|\d{12})$/,
  LU: /^(LU)?\d{8}$/,
  LV: /^(LV)?\d{11}$/,
  MT: /^(MT)?\d{8}$/,
  NL: /^(NL)?\d{9}B\d{2}$/,
  PL: /^(PL)?\d{10}$/,
  PT: /^(PT)?\d{9}$/,
  RO: /^(RO)?\d{2,10}$/,
  SE: /^(SE)?\d{10}01$/,
  SI: /^(SI)?\d{8}$/,
  SK: /^(SK)?\d{10}$/,
}

/**
 * What a tax document of a country (ISO 3166-1 alpha-2) is called, told by its form alone; null when the form is not that
 * country's or the country is not known. Says nothing about whether the number was ever issued.
 */
export function documentTypeOf(country: string | null, taxDocument: string | null): DocumentType | null {
  if (country === null || taxDocument === null) return null
  const text = taxDocument.toUpperCase().replaceAll(/[\s./-]/g, '')
  const found = formsByCountry[country]?.find(([, form]) => form.test(text))
  if (found) return found[0]
  return vatNumbers[country]?.test(text) ? 'VAT' : null
}
