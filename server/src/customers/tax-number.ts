import * as arCuit from 'stdnum/lib/cjs/ar/cuit.js'
import * as arDni from 'stdnum/lib/cjs/ar/dni.js'
import * as atVat from 'stdnum/lib/cjs/at/uid.js'
import * as beVat from 'stdnum/lib/cjs/be/vat.js'
import * as bgVat from 'stdnum/lib/cjs/bg/vat.js'
import * as brCnpj from 'stdnum/lib/cjs/br/cnpj.js'
import * as brCpf from 'stdnum/lib/cjs/br/cpf.js'
import * as clRut from 'stdnum/lib/cjs/cl/rut.js'
import * as coNit from 'stdnum/lib/cjs/co/nit.js'
import * as cyVat from 'stdnum/lib/cjs/cy/vat.js'
import * as czVat from 'stdnum/lib/cjs/cz/dic.js'
import * as deIdnr from 'stdnum/lib/cjs/de/idnr.js'
import * as deStnr from 'stdnum/lib/cjs/de/stnr.js'
import * as deVat from 'stdnum/lib/cjs/de/vat.js'
import * as dkVat from 'stdnum/lib/cjs/dk/cvr.js'
import * as eeVat from 'stdnum/lib/cjs/ee/kmkr.js'
import * as esDni from 'stdnum/lib/cjs/es/dni.js'
import * as esNie from 'stdnum/lib/cjs/es/nie.js'
import * as esVat from 'stdnum/lib/cjs/es/nif.js'
import * as fiVat from 'stdnum/lib/cjs/fi/alv.js'
import * as frSiren from 'stdnum/lib/cjs/fr/siren.js'
import * as frSiret from 'stdnum/lib/cjs/fr/siret.js'
import * as frVat from 'stdnum/lib/cjs/fr/tva.js'
import * as grVat from 'stdnum/lib/cjs/gr/vat.js'
import * as hrVat from 'stdnum/lib/cjs/hr/oib.js'
import * as huVat from 'stdnum/lib/cjs/hu/anum.js'
import * as ieVat from 'stdnum/lib/cjs/ie/vat.js'
import * as itCodice from 'stdnum/lib/cjs/it/codicefiscale.js'
import * as itVat from 'stdnum/lib/cjs/it/iva.js'
import * as ltVat from 'stdnum/lib/cjs/lt/pvm.js'
import * as luVat from 'stdnum/lib/cjs/lu/tva.js'
import * as lvVat from 'stdnum/lib/cjs/lv/pvn.js'
import * as mtVat from 'stdnum/lib/cjs/mt/vat.js'
import * as mxCurp from 'stdnum/lib/cjs/mx/curp.js'
import * as mxRfc from 'stdnum/lib/cjs/mx/rfc.js'
import * as nlVat from 'stdnum/lib/cjs/nl/btw.js'
import * as peRuc from 'stdnum/lib/cjs/pe/ruc.js'
import * as plVat from 'stdnum/lib/cjs/pl/nip.js'
import * as ptVat from 'stdnum/lib/cjs/pt/nif.js'
import * as roVat from 'stdnum/lib/cjs/ro/cif.js'
import * as seVat from 'stdnum/lib/cjs/se/vat.js'
import * as siVat from 'stdnum/lib/cjs/si/ddv.js'
import * as skVat from 'stdnum/lib/cjs/sk/dph.js'
import type { ValidateReturn } from 'stdnum/lib/cjs/types.js'
import * as usEin from 'stdnum/lib/cjs/us/ein.js'
import { documentTypeOf } from '#customers/document-type.ts'
import { invalidField } from '#problem.ts'

type Rule = { readonly validate: (number: string) => ValidateReturn }

/** VAT numbers of the countries of the European Union. */
const vatRules: Readonly<Record<string, Rule>> = {
  ...{ AT: atVat, BE: beVat, BG: bgVat, CY: cyVat, CZ: czVat, DE: deVat, DK: dkVat, EE: eeVat, ES: esVat, FI: fiVat },
  ...{ FR: frVat, GR: grVat, HR: hrVat, HU: huVat, IE: ieVat, IT: itVat, LT: ltVat, LU: luVat, LV: lvVat, MT: mtVat },
  ...{ NL: nlVat, PL: plVat, PT: ptVat, RO: roVat, SE: seVat, SI: siVat, SK: skVat },
}

/** The tax numbers of other countries, and national ones of the Union that are no VAT numbers. */
const otherRules: Readonly<Record<string, readonly Rule[]>> = {
  AR: [arCuit, arDni],
  BR: [brCnpj, brCpf],
  CL: [clRut],
  CO: [coNit],
  DE: [deStnr, deIdnr],
  ES: [esDni, esNie],
  FR: [frSiren, frSiret],
  IT: [itCodice],
  MX: [mxRfc, mxCurp],
  PE: [peRuc],
  US: [usEin],
}

/** What a wrong number is told to be. */
const expected: Readonly<Record<string, string>> = {
  AR: 'CUIT',
  BR: 'CNPJ or CPF',
  CL: 'RUT',
  CO: 'NIT',
  MX: 'RFC',
  PE: 'RUC',
  US: 'EIN',
}

/**
 * Refuses a tax number that cannot be one of its country (ISO 3166-1 alpha-2), by its check digits: 422 on `taxDocument`. Countries
 * whose numbers are not known here take any. Asks nobody whether it was ever issued.
 */
export function refuseWrongTaxNumber(country: string | null, taxDocument: string | null): void {
  if (country === null || isPossibleTaxNumber(country, taxDocument)) return
  const name = expected[country] ?? 'VAT or tax number'
  throw invalidField(
    'taxDocument',
    `Must be a valid ${name} of ${country}: the number's form or check digits are wrong.`,
  )
}

/** Whether a tax number may be one of its country, by its check digits; no number, and one of a country not known here, may. */
export function isPossibleTaxNumber(country: string | null, taxDocument: string | null): boolean {
  if (country === null || taxDocument === null) return true
  const rules = rulesOf(country)
  return rules.length === 0 || rules.some((rule) => rule.validate(bare(taxDocument)).isValid)
}

/**
 * Whether a tax number is a VAT number of a country of the Union, as businesses have it. Where people have numbers of the same form,
 * the country's prefix, which only a VAT number has, or a company's number tells.
 */
export function isVatNumber(country: string | null, taxDocument: string | null): boolean {
  const rule = country === null ? undefined : vatRules[country]
  if (country === null || taxDocument === null || !rule || documentTypeOf(country, taxDocument) !== 'VAT') return false
  const number = bare(taxDocument)
  const checked = rule.validate(number)
  if (!checked.isValid) return false
  return number.startsWith(prefixOf(country)) || (checked.isCompany && !checked.isIndividual)
}

/** A VAT number of the Union ({@link isVatNumber}) as other countries write it, with its country's prefix; null where it is none. */
export function fullVatNumber(country: string | null, taxDocument: string | null): string | null {
  if (country === null || taxDocument === null || !isVatNumber(country, taxDocument)) return null
  const number = bare(taxDocument)
  return number.startsWith(prefixOf(country)) ? number : prefixOf(country) + number
}

/** Whether the tax numbers of a country can be VAT numbers of the Union. */
export function hasVatNumbers(country: string): boolean {
  return vatRules[country] !== undefined
}

function prefixOf(country: string): string {
  return country === 'GR' ? 'EL' : country
}

// People write them in groups, and not everywhere as the package expects it.
function bare(taxDocument: string): string {
  return taxDocument.toUpperCase().replaceAll(/[\s.,/-]/g, '')
}

function rulesOf(country: string): readonly Rule[] {
  const vat = vatRules[country]
  return [...(vat ? [vat] : []), ...(otherRules[country] ?? [])]
}
