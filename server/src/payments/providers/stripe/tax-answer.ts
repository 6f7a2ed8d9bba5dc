import type { AnsweredRate, TaxAnswer, TaxQuestion } from '#tax/asked-tax.ts'

/** One tax of a line of Stripe's calculation, as far as it is read. Amounts are minor units. */
export type StripeTax = {
  readonly amount: number
  readonly taxability_reason: string
  readonly jurisdiction: {
    readonly country: string
    readonly state: string | null
    readonly level: string
    readonly display_name: string
  }
  readonly tax_rate_details: {
    readonly display_name: string
    readonly percentage_decimal: string
    readonly tax_type: string
  } | null
}

/**
 * What tax is asked for: of a million minor units, each tax is its rate in millionths, whatever it is a part of or comes on top of.
 * Stripe's rates have no more decimals than that.
 */
export const referenceAmount = 1_000_000

/**
 * The answer in a calculation of {@link referenceAmount} with all of its tax; null where it is none that rates can say: a fixed fee, or
 * taxes that do not add up.
 */
export function answerOf(taxes: readonly StripeTax[], total: number): TaxAnswer | null {
  const sum = taxes.reduce((all, { amount }) => all + amount, 0)
  if (sum !== total || taxes.some((tax) => tax.amount < 0 || (tax.amount > 0 && isFixed(tax)))) return null
  const charged = taxes.filter(({ amount }) => amount > 0)
  const shown = charged.length > 0 ? charged : taxes.filter(isZeroRated)
  if (shown.length === 0) return { treatment: treatmentOf(taxes), place: null, rates: [] }
  return { treatment: 'charged', place: placeOf(shown), rates: shown.map((tax) => rateOf(tax, shown)) }
}

const isFixed = ({ tax_rate_details: rate }: StripeTax) => rate === null || Number(rate.percentage_decimal) === 0
const isZeroRated = ({ taxability_reason: reason, tax_rate_details: rate }: StripeTax) =>
  reason === 'zero_rated' && rate !== null

/** Why nothing is charged, the reason that says most first: in many places several say none each for its own. */
const reasons: readonly (readonly [reason: string, treatment: TaxAnswer['treatment']])[] = [
  ['reverse_charge', 'reverse_charge'],
  ['customer_exempt', 'exempt'],
  ['product_exempt', 'not_taxed'],
  ['product_exempt_holiday', 'not_taxed'],
  ['zero_rated', 'not_taxed'],
  ['not_subject_to_tax', 'not_taxed'],
  ['not_collecting', 'not_registered'],
  ['not_supported', 'rate_unknown'],
]

// A reason that Stripe has since added says no more than that no tax is due.
function treatmentOf(taxes: readonly StripeTax[]): TaxAnswer['treatment'] {
  const given = new Set(taxes.map(({ taxability_reason: reason }) => reason))
  return reasons.find(([reason]) => given.has(reason))?.[1] ?? 'not_taxed'
}

function placeOf(taxes: readonly StripeTax[]) {
  const [first] = taxes
  const region = taxes.find(({ jurisdiction }) => jurisdiction.state !== null)?.jurisdiction.state ?? null
  return first ? { country: first.jurisdiction.country, region } : null
}

function rateOf(tax: StripeTax, all: readonly StripeTax[]): AnsweredRate {
  const { amount, jurisdiction, taxability_reason: reason, tax_rate_details: rate } = tax
  const kind = nameOf(tax)
  const isOneOfSeveral = all.some((other) => other !== tax && nameOf(other) === kind)
  const name = isOneOfSeveral ? `${kind} (${jurisdiction.display_name})` : kind
  return {
    name: name.length > 50 ? `${name.slice(0, 49)}…` : name,
    rate: BigInt(amount),
    jurisdiction: jurisdiction.display_name,
    level: jurisdiction.level,
    percentage: rate?.percentage_decimal ?? '0',
    reason,
  }
}

// The one name that documents translate is the one of the United States.
function nameOf({ tax_rate_details: rate }: StripeTax): string {
  if (rate === null || rate.tax_type === 'sales_tax') return 'Sales tax'
  return rate.display_name
}

/** Kinds of tax numbers by what Halley calls them. */
const kinds = {
  VAT: 'eu_vat',
  CUIT: 'ar_cuit',
  CNPJ: 'br_cnpj',
  CPF: 'br_cpf',
  RFC: 'mx_rfc',
  RUT: 'cl_tin',
  NIT: 'co_nit',
  RUC: 'pe_ruc',
  EIN: 'us_ein',
} as const

/** And by country, where businesses have one kind by which tax is told. */
const kindsByCountry: Readonly<Record<string, string>> = {
  ...{
    AE: 'ae_trn',
    AU: 'au_abn',
    CH: 'ch_vat',
    CR: 'cr_tin',
    DO: 'do_rcn',
    EC: 'ec_ruc',
    GB: 'gb_vat',
    ID: 'id_npwp',
  },
  ...{ IL: 'il_vat', IN: 'in_gst', IS: 'is_vat', KE: 'ke_pin', KR: 'kr_brn', LI: 'li_uid', NO: 'no_vat', NZ: 'nz_gst' },
  ...{ PH: 'ph_tin', SA: 'sa_vat', SG: 'sg_gst', TH: 'th_vat', TR: 'tr_tin', TW: 'tw_vat', UA: 'ua_vat', UY: 'uy_ruc' },
  ...{ ZA: 'za_vat' },
}

/** A tax number as Stripe takes it; undefined where it is not known which kind it is. */
export function stripeTaxId({ country, taxId }: TaxQuestion): { type: string; value: string } | undefined {
  if (taxId === null) return undefined
  const { kind, value } = taxId
  if (country === 'CA') return { type: /RT\d{4}$/.test(value) ? 'ca_gst_hst' : 'ca_bn', value }
  const type = kind === null ? kindsByCountry[country] : kinds[kind]
  return type === undefined ? undefined : { type, value }
}

/** Whether Stripe can tell where somebody is: what it asks for at the least. */
export function isPlaceable({ country, region, postalCode }: TaxQuestion): boolean {
  if (country === 'US') return postalCode !== ''
  return country !== 'CA' || postalCode !== '' || region !== null
}
