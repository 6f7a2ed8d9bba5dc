import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedRates } from '#tax/shipped-rates.ts'
import {
  allRates,
  type OwnRates,
  percentageOf,
  placeKey,
  placeOf,
  type RateChange,
  rateOfPercentage,
  ratesFor,
} from '#tax/tax-rate.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
function own(
  ...changes: (Omit<RateChange, 'country' | 'region' | 'validFrom'> & { at: string; from: string })[]
): OwnRates {
  const all = changes.map(({ at, from, ...change }) => ({ ...change, ...placeOf(at), validFrom: day(from) }))
  return Map.groupBy(all, placeKey)
}
function at(key: string, on: string, rates: OwnRates = new Map()): string {
  const found = ratesFor(placeOf(key), day(on), rates, shippedRates)
  return found ? `${found.source} ${found.rates.map(({ name, rate }) => `${name} ${rate}`).join(' + ')}` : 'unknown'
}

test('shipped rates change on their day: Estonia 22 % until 30 June 2025, 24 % from 1 July', () => {
  assert.equal(at('EE', '2025-06-30'), 'shipped VAT 220000')
  assert.equal(at('EE', '2025-07-01'), 'shipped VAT 240000')
  assert.equal(at('CA-NS', '2025-03-31'), 'shipped HST 150000')
  assert.equal(at('CA-NS', '2025-04-01'), 'shipped HST 140000')
})

test('own rates hold from their day on, of one day the last that was set, until they are removed', () => {
  const rates = own(
    { at: 'DE', from: '2041-01-01', revision: 2n, rates: [{ name: 'VAT', rate: 200_000n }] },
    { at: 'DE', from: '2041-01-01', revision: 3n, rates: [{ name: 'VAT', rate: 205_000n }] },
    { at: 'DE', from: '2042-01-01', revision: 1n, rates: null },
  )
  assert.equal(at('DE', '2040-12-31', rates), 'shipped VAT 190000')
  assert.equal(at('DE', '2041-01-01', rates), 'own VAT 205000')
  assert.equal(at('DE', '2042-01-01', rates), 'shipped VAT 190000')
})

test('own rates of a country leave those of its regions alone', () => {
  const rates = own(
    { at: 'CA', from: '2041-01-01', revision: 1n, rates: [{ name: 'GST', rate: 60_000n }] },
    { at: 'BR-SP', from: '2041-01-01', revision: 2n, rates: [{ name: 'ICMS', rate: 180_000n }] },
  )
  assert.equal(at('CA-AB', '2041-01-01', rates), 'own GST 60000')
  assert.equal(at('CA-QC', '2041-01-01', rates), 'shipped GST 50000 + QST 99750')
  assert.equal(at('BR-SP', '2041-01-01', rates), 'own ICMS 180000')
  assert.equal(at('BR-RJ', '2041-01-01', rates), 'shipped VAT 170000')
})

test('the list has every place once, with what holds there', () => {
  const listed = allRates(
    day('2041-01-01'),
    own({ at: 'XK', from: '2041-01-01', revision: 1n, rates: [] }),
    shippedRates,
  )
  assert.equal(new Set(listed.map(placeKey)).size, listed.length)
  assert.deepEqual(listed.find(({ country }) => country === 'XK')?.rates, [])
  assert(listed.length > 150)
})

test('a percentage has four decimals at most, and is exact', () => {
  assert.equal(rateOfPercentage(9.975), 99_750n)
  assert.equal(rateOfPercentage(0.1 + 0.2), undefined)
  assert.equal(rateOfPercentage(6.87512), undefined)
  assert.equal(percentageOf(99_750n), 9.975)
})
