import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answerOf, isPlaceable, type StripeTax, stripeTaxId } from '#payments/providers/stripe/tax-answer.ts'
import type { TaxQuestion } from '#tax/asked-tax.ts'
import { taxOnAmount } from '#tax/tax-on-lines.ts'

const tax = (changes: Partial<StripeTax> & { percentage?: string; name?: string; type?: string } = {}): StripeTax => {
  const { percentage = '19.0', name = 'VAT', type = 'vat', ...rest } = changes
  return {
    amount: 190_000,
    taxability_reason: 'standard_rated',
    jurisdiction: { country: 'DE', state: null, level: 'country', display_name: 'Germany' },
    tax_rate_details: { display_name: name, percentage_decimal: percentage, tax_type: type },
    ...rest,
  }
}
const none = (reason: string): StripeTax => ({
  ...tax({ amount: 0, taxability_reason: reason }),
  tax_rate_details: null,
})
const texan = (level: string, display_name: string, amount: number, percentage: string): StripeTax =>
  tax({
    amount,
    jurisdiction: { country: 'US', state: 'TX', level, display_name },
    name: 'Sales Tax',
    type: 'sales_tax',
    percentage,
    taxability_reason: 'taxable_basis_reduced',
  })

test('the tax of a million is its rate in millionths', () => {
  assert.deepEqual(answerOf([tax()], 190_000), {
    treatment: 'charged',
    place: { country: 'DE', region: null },
    rates: [
      {
        name: 'VAT',
        rate: 190_000n,
        jurisdiction: 'Germany',
        level: 'country',
        percentage: '19.0',
        reason: 'standard_rated',
      },
    ],
  })
})

test('what is taxed in part stands with its rate on the whole: 6.25 % of 80 % is 5 %; each place is named', () => {
  const answer = answerOf([texan('state', 'Texas', 50_000, '6.25'), texan('city', 'Austin', 8_000, '1.0')], 58_000)
  assert.deepEqual(answer?.place, { country: 'US', region: 'TX' })
  assert.deepEqual(
    answer?.rates.map(({ name, rate, percentage }) => [name, rate, percentage]),
    [
      ['Sales tax (Texas)', 50_000n, '6.25'],
      ['Sales tax (Austin)', 8_000n, '1.0'],
    ],
  )
})

test('a tax on top of another is read from what it comes to, and taxes of different names need no place', () => {
  const gst = tax({ amount: 50_000, name: 'GST', percentage: '5.0' })
  const onTop = tax({ amount: 104_738, name: 'QST', percentage: '9.975' })
  const answer = answerOf([gst, onTop], 154_738)
  assert.deepEqual(
    answer?.rates.map(({ name, rate }) => `${name} ${rate}`),
    ['GST 50000', 'QST 104738'],
  )
})

test('where nothing is charged the reason that says most is told', () => {
  const told = (...reasons: string[]) => answerOf(reasons.map(none), 0)?.treatment
  assert.equal(told('reverse_charge'), 'reverse_charge')
  assert.equal(told('customer_exempt'), 'exempt')
  assert.equal(told('not_collecting'), 'not_registered')
  assert.equal(told('not_supported'), 'rate_unknown')
  assert.equal(told('not_collecting', 'product_exempt'), 'not_taxed')
  assert.equal(told('not_collecting', 'reverse_charge'), 'reverse_charge')
  assert.equal(told('a_reason_of_tomorrow'), 'not_taxed')
  assert.equal(told(), 'not_taxed')
})

test('a rate of zero is charged as one: the invoice shows it', () => {
  const zero = tax({ amount: 0, percentage: '0', taxability_reason: 'zero_rated' })
  const answer = answerOf([zero, none('not_collecting')], 0)
  assert.deepEqual([answer?.treatment, answer?.rates.map(({ rate }) => rate)], ['charged', [0n]])
})

test('a fixed fee, and taxes that do not add up, are no rates', () => {
  assert.equal(answerOf([tax(), tax({ amount: 28, percentage: '0.0', name: 'Delivery fee' })], 190_028), null)
  assert.equal(answerOf([tax()], 190_001), null)
})

test('law: whatever percentages are charged, side by side, Halley charges what they come to on any amount', () => {
  const percentages = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(percentages, fc.bigInt({ min: 1n, max: 10_000_000n }), (millionths, amount) => {
      const taxes = millionths.map((rate) => tax({ amount: rate, percentage: String(rate / 10_000) }))
      const answer = answerOf(
        taxes,
        millionths.reduce((sum, rate) => sum + rate, 0),
      )
      const expected = millionths.reduce(
        (sum, rate) => sum + (amount * BigInt(rate) * 2n + 1_000_000n) / 2_000_000n,
        0n,
      )
      assert.equal(taxOnAmount(amount, answer?.rates ?? []), expected)
    }),
  )
})

const asked = (country: string, taxId: TaxQuestion['taxId'] = null): TaxQuestion => {
  return { country, region: null, postalCode: '', taxId }
}

test('a tax number is told by its kind, one whose kind is not known not at all', () => {
  assert.deepEqual(stripeTaxId(asked('FR', { kind: 'VAT', value: 'FR40303265045' })), {
    type: 'eu_vat',
    value: 'FR40303265045',
  })
  assert.equal(stripeTaxId(asked('GB', { kind: null, value: 'GB123456789' }))?.type, 'gb_vat')
  assert.equal(stripeTaxId(asked('CA', { kind: null, value: '123456789RT0001' }))?.type, 'ca_gst_hst')
  assert.equal(stripeTaxId(asked('CA', { kind: null, value: '123456789' }))?.type, 'ca_bn')
  assert.equal(stripeTaxId(asked('MX', { kind: 'RFC', value: 'XAXX010101000' }))?.type, 'mx_rfc')
  assert.equal(stripeTaxId(asked('MG', { kind: null, value: '1' })), undefined)
  assert.equal(stripeTaxId(asked('DE')), undefined)
})

test('nobody in the United States is placed without a postal code, nor in Canada without it and the province', () => {
  assert.equal(isPlaceable(asked('US')), false)
  assert.equal(isPlaceable({ ...asked('US'), postalCode: '78701' }), true)
  assert.equal(isPlaceable(asked('CA')), false)
  assert.equal(isPlaceable({ ...asked('CA'), region: 'QC' }), true)
  assert.equal(isPlaceable(asked('DE')), true)
})
