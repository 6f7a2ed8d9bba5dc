/** A tax that the double charges at a place. `share`: of how much of the price, 1 where nothing is said. */
export type DoubleTax = {
  readonly name: string
  /** As Stripe writes it: '6.25'. */
  readonly percentage: string
  readonly jurisdiction: string
  readonly level?: string
  readonly state?: string
  readonly type?: string
  readonly share?: number
  readonly reason?: string
  /** A fee that is no percentage, in minor units. */
  readonly fixed?: number
}

type Sent = { status: number; body: unknown }

/**
 * Stripe Tax as its API description has it: calculations, as far as Halley asks for them. Where nothing is set the account is not
 * registered. A business with a VAT number outside Germany, where the account is, gets the reverse charge.
 */
export class StripeTaxDouble {
  /** By place: 'DE', 'US-TX', or with a postal code 'US-TX 78701'. */
  readonly taxes = new Map<string, readonly DoubleTax[]>()
  /** What was asked: 'US-TX 78701', with a tax number 'FR 75001 eu_vat FR83404833048'. */
  readonly asked: string[] = []
  /** Stripe Tax has no address of the seller yet. */
  isInactive = false
  #count = 0

  calculate(params: URLSearchParams): Sent {
    const detail = (name: string) => params.get(`customer_details[${name}`)
    const country = detail('address][country]') ?? ''
    const state = detail('address][state]')
    const postalCode = detail('address][postal_code]') ?? ''
    const idType = detail('tax_ids][0][type]')
    const idValue = detail('tax_ids][0][value]') ?? ''
    const place = state === null ? country : `${country}-${state}`
    const unknown = [...params.keys()].find((name) => !parameters.test(name))
    if (unknown !== undefined) return refused('parameter_unknown', `Received unknown parameter: ${unknown}`)
    this.asked.push([place, postalCode, idType, idValue].filter(Boolean).join(' '))
    if (this.isInactive) return refused('stripe_tax_inactive', 'Stripe Tax has not been activated on your account.')
    if (params.get('line_items[0][tax_behavior]') !== 'exclusive') return refused('parameter_missing', 'tax_behavior')
    if ((country === 'US' && postalCode === '') || postalCode === '00000')
      return refused('customer_tax_location_invalid', 'We could not determine the customer’s tax location.')
    if (idType === 'eu_vat' && !/^(?:EL|[A-Z]{2})[0-9A-Z]{6,12}$/.test(idValue))
      return refused('tax_id_invalid', `Invalid value for ${idType}.`)
    if (idType !== null && idValue.startsWith('wrong')) return refused('tax_id_invalid', `Invalid value for ${idType}.`)
    const amount = Number(params.get('line_items[0][amount]'))
    const known = this.taxes.get(`${place} ${postalCode}`) ?? this.taxes.get(place) ?? this.taxes.get(country)
    const isReversed = known !== undefined && idType === 'eu_vat' && country !== 'DE'
    const taxes = (known ?? [nothing]).map((tax) => {
      if (known === undefined) return broken({ ...tax, reason: 'not_collecting' }, country, amount)
      return broken(isReversed ? { ...tax, reason: 'reverse_charge' } : tax, country, amount)
    })
    const total = taxes.reduce((sum, tax) => sum + tax.amount, 0)
    const line = { id: `tax_li_${++this.#count}`, object: 'tax.calculation_line_item', amount, amount_tax: total }
    const isExpanded = params.get('expand[0]') === 'line_items.data.tax_breakdown'
    const lines = [{ ...line, ...(isExpanded ? { tax_breakdown: taxes } : {}) }]
    const body = {
      id: `taxcalc_${this.#count}`,
      object: 'tax.calculation',
      currency: params.get('currency'),
      amount_total: amount + total,
      tax_amount_exclusive: total,
      tax_amount_inclusive: 0,
      line_items: { object: 'list', has_more: false, data: lines },
    }
    return { status: 200, body }
  }
}

/** What its description has of what is sent. */
const parameters =
  /^(?:currency|line_items\[0\]\[(?:amount|reference|tax_behavior|tax_code)\]|customer_details\[(?:address_source|address\]\[(?:country|state|city|postal_code|line1|line2)|tax_ids\]\[0\]\[(?:type|value))\]|expand\[0\])$/

const nothing: DoubleTax = { name: 'Tax', percentage: '0', jurisdiction: 'Nowhere' }
const untaxed = new Set(['reverse_charge', 'customer_exempt', 'not_collecting', 'not_supported', 'product_exempt'])

function broken(tax: DoubleTax, country: string, amount: number) {
  const { name, percentage, jurisdiction, level = 'country', state = null, type = 'vat', share = 1, fixed = 0 } = tax
  const reason = tax.reason ?? (share < 1 ? 'taxable_basis_reduced' : 'standard_rated')
  const isTaxed = !untaxed.has(reason)
  return {
    amount: isTaxed ? Math.round((amount * share * Number(percentage)) / 100) + fixed : 0,
    taxable_amount: isTaxed ? Math.round(amount * share) : 0,
    taxability_reason: reason,
    sourcing: 'destination',
    jurisdiction: { country, state, level, display_name: jurisdiction },
    tax_rate_details: isTaxed ? { display_name: name, percentage_decimal: percentage, tax_type: type } : null,
  }
}

function refused(code: string, message: string): Sent {
  return { status: 400, body: { error: { type: 'invalid_request_error', code, message } } }
}
