import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedRates } from '#tax/shipped-rates.ts'
import { type Place, placeOf, ratesFor } from '#tax/tax-rate.ts'
import { type BuyerFacts, decideTax, type SellerFacts } from '#tax/treatment.ts'

const day = Temporal.PlainDate.from('2041-06-01')
const berlin: SellerFacts = { mode: 'automatic', country: 'DE', registrations: ['DE', 'EU'] }
const austin: SellerFacts = { mode: 'automatic', country: 'US', registrations: ['US'] }
const person = (key: string): BuyerFacts => ({ place: placeOf(key), hasVatNumber: false, exemption: null })
const business = (key: string): BuyerFacts => ({ ...person(key), hasVatNumber: true })

function decided(seller: SellerFacts, buyer: BuyerFacts): string {
  const rates = (place: Place) => ratesFor(place, day, new Map(), shippedRates)
  const { treatment, rates: charged } = decideTax(seller, buyer, buyer.place ? rates(buyer.place) : undefined)
  return [treatment, ...charged.map(({ name, rate }) => `${name} ${rate}`)].join(' ')
}

test('people in the Union pay the tax of their country', () => {
  assert.equal(decided(berlin, person('DE')), 'charged VAT 190000')
  assert.equal(decided(berlin, person('ES')), 'charged IVA 210000')
})

test('a business with a VAT number in another country of the Union accounts for it by itself; at home it is charged', () => {
  assert.equal(decided(berlin, business('FR')), 'reverse_charge')
  assert.equal(decided(berlin, business('DE')), 'charged VAT 190000')
})

test('a seller of the Union needs no registration abroad for the reverse charge, a seller of elsewhere one in the Union', () => {
  assert.equal(decided({ ...berlin, registrations: ['DE'] }, business('FR')), 'reverse_charge')
  assert.equal(decided({ ...austin, registrations: ['US', 'EU'] }, business('FR')), 'reverse_charge')
  assert.equal(decided(austin, business('FR')), 'not_registered')
})

test('no tax is charged where the seller is not registered, and nowhere at first', () => {
  assert.equal(decided({ ...berlin, registrations: ['DE'] }, person('FR')), 'not_registered')
  assert.equal(decided({ ...berlin, registrations: [] }, person('DE')), 'not_registered')
  assert.equal(decided({ ...berlin, registrations: [] }, business('FR')), 'not_registered')
  assert.equal(decided(berlin, person('CH')), 'not_registered')
})

test('a seller may be registered in some states only', () => {
  const texan = { ...austin, registrations: ['US-TX'] }
  assert.equal(decided(texan, person('US-TX')), 'charged Sales tax 62500')
  assert.equal(decided(texan, person('US-MN')), 'not_registered')
  assert.equal(decided(austin, person('US-MN')), 'charged Sales tax 68750')
})

test('Canada: a province has GST and its own tax, a harmonised one is one tax, the others have GST', () => {
  const seller = { ...austin, registrations: ['CA'] }
  assert.equal(decided(seller, person('CA-QC')), 'charged GST 50000 QST 99750')
  assert.equal(decided(seller, person('CA-BC')), 'charged GST 50000 PST 70000')
  assert.equal(decided(seller, person('CA-ON')), 'charged HST 130000')
  assert.equal(decided(seller, person('CA-AB')), 'charged GST 50000')
})

test('the Canaries and Ceuta are Spain, but not the Union’s VAT', () => {
  const madrid = { ...berlin, country: 'ES', registrations: ['ES'] }
  assert.equal(decided(madrid, person('ES-TF')), 'charged IGIC 70000')
  assert.equal(decided(madrid, person('ES-CE')), 'charged IVA 0')
  assert.equal(decided(berlin, person('ES-TF')), 'not_registered')
  assert.equal(decided(berlin, business('ES-TF')), 'not_registered')
})

test('who is exempt, whose address is not known, and where no rate is known, pays none', () => {
  assert.equal(decided(berlin, { ...person('DE'), exemption: 'Embassy' }), 'exempt')
  assert.equal(decided(berlin, { place: null, hasVatNumber: false, exemption: null }), 'place_unknown')
  assert.equal(decided(austin, person('US')), 'rate_unknown')
  assert.equal(decided(austin, person('US-OR')), 'rate_unknown')
})

test('a seller who charges no tax charges none', () => {
  assert.equal(decided({ ...berlin, mode: 'none' }, person('DE')), 'off')
})
