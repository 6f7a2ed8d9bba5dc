import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type AddonModel,
  type AddonTerms,
  addonModels,
  checkAddon,
  fitsPlan,
  freeSlug,
  inRegion,
  laterOf,
  slugOf,
  termsOfAddon,
} from '#catalogue/addon.ts'
import { type FeatureType, featureTypes } from '#catalogue/feature.ts'
import { type FeatureTerms, withAddons } from '#catalogue/feature-terms.ts'
import { consumptionModels } from '#catalogue/plan.ts'
import { parseExchangeRate } from '#money/exchange.ts'
import { units } from '#money/quantity.ts'

const nothing: AddonTerms = { basePrice: 1000n, includedUnits: null, overageRate: null, creditCost: null }
const wrong = (model: AddonModel, type: FeatureType, terms: Partial<AddonTerms> = {}) =>
  checkAddon(model, type, { ...nothing, ...terms }).map(({ field }) => field)

test('each model has its fields, and no other', () => {
  assert.deepEqual(wrong('boolean', 'boolean'), [])
  assert.deepEqual(wrong('boolean', 'boolean', { includedUnits: 1n, overageRate: 1n, creditCost: 1n }), [
    'includedUnits',
    'overageRate',
    'creditCost',
  ])
  assert.deepEqual(wrong('metered', 'usage'), [])
  assert.deepEqual(wrong('metered', 'usage', { includedUnits: units(5), overageRate: 1n }), [])
  assert.deepEqual(wrong('metered', 'usage', { creditCost: 1n }), ['creditCost'])
  assert.deepEqual(wrong('credits', 'usage'), ['creditCost'])
  assert.deepEqual(wrong('credits', 'usage', { creditCost: 3n, overageRate: 1n }), ['overageRate'])
  assert.deepEqual(wrong('balance', 'usage'), ['overageRate'])
  assert.deepEqual(wrong('balance', 'usage', { overageRate: 0n }), [])
})

test('switches are sold as boolean, seats and quota as metered, in whole units', () => {
  assert.deepEqual(wrong('boolean', 'usage'), ['consumptionModel'])
  assert.deepEqual(wrong('metered', 'boolean'), ['consumptionModel'])
  assert.deepEqual(wrong('credits', 'seats', { creditCost: 1n }), ['consumptionModel'])
  assert.deepEqual(wrong('metered', 'seats', { includedUnits: units(5) }), [])
  assert.deepEqual(wrong('metered', 'quota', { includedUnits: 500_000n }), ['includedUnits'])
})

test('boolean fits every plan, the others the plans of their model', () => {
  const fitting = addonModels.flatMap((addon) =>
    consumptionModels.filter((plan) => fitsPlan(addon, plan)).map((plan) => `${addon} on ${plan}`),
  )
  assert.deepEqual(fitting, [
    'boolean on metered',
    'boolean on credits',
    'boolean on balance',
    'metered on metered',
    'credits on credits',
    'balance on balance',
  ])
})

const feature = (type: FeatureType) => ({ featureId: 'ftr_1', code: 'one', name: 'One', type, unitName: null })

test('metered with neither units nor a rate is unlimited; a rate alone includes nothing; units alone are a limit', () => {
  const told = (terms: Partial<AddonTerms>) => {
    const given = termsOfAddon(feature('usage'), { ...nothing, ...terms })
    return [given.includedAmount, given.unlimited, given.overageEnabled, given.overageUnitPrice]
  }
  assert.deepEqual(told({}), [0n, true, false, 0n])
  assert.deepEqual(told({ overageRate: 200n }), [0n, false, true, 200n])
  assert.deepEqual(told({ includedUnits: units(5) }), [units(5), false, false, 0n])
  assert.deepEqual(told({ creditCost: 3n }), [0n, false, false, 0n])
  assert.equal(termsOfAddon(feature('boolean'), nothing).unlimited, false)
})

test('a slug is the name in small letters, digits and hyphens', () => {
  assert.equal(slugOf('Priority support'), 'priority-support')
  assert.equal(slugOf('  Café & Crème — 24/7! '), 'cafe-creme-24-7')
  assert.equal(slugOf('優先サポート'), 'add-on')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (name) =>
      /^[a-z0-9]+(-[a-z0-9]+)*$/.test(slugOf(name)),
    ),
  )
})

test('a slug that is taken gets the first free number', () => {
  assert.equal(freeSlug('seats', new Set()), 'seats')
  assert.equal(freeSlug('seats', new Set(['seats', 'seats-2'])), 'seats-3')
})

test('every type of feature can be sold by some model', () => {
  const full: AddonTerms = { ...nothing, overageRate: 1n }
  for (const type of featureTypes) {
    const terms = type === 'boolean' ? nothing : full
    assert(
      addonModels.some((model) => checkAddon(model, type, terms).length === 0),
      type,
    )
  }
})

const at = (text: string) => Temporal.Instant.from(text)
const stateOf = (revision: bigint, terms: FeatureTerms) => ({
  revision,
  effectiveAt: at('2030-01-01T00:00:00Z'),
  terms,
})
const rateOf = (revision: bigint, text: string) => {
  const rate = parseExchangeRate(text)
  assert(rate)
  return { revision, effectiveAt: at('2030-01-01T00:00:00Z'), rate }
}

test('in a currency another rate is a change like another price', () => {
  const states = [2n, 5n].map((revision) => {
    const overageRate = revision * 1_000n
    return stateOf(revision, termsOfAddon(feature('usage'), { ...nothing, overageRate }))
  })
  const told = (rates: Parameters<typeof inRegion>[1]) =>
    inRegion(states, rates).map(({ revision, terms }) =>
      terms === 'removed'
        ? 'removed'
        : `${revision}: ${terms.overageUnitPrice}${terms.isPriceMissing ? ' missing' : ''}`,
    )
  assert.deepEqual(told(null), ['2: 2000', '5: 5000'])
  assert.deepEqual(told([rateOf(1n, '2')]), ['2: 4000', '5: 10000'])
  assert.deepEqual(told([rateOf(1n, '2'), rateOf(3n, '3')]), ['2: 4000', '3: 6000', '5: 15000'])
  assert.deepEqual(told([rateOf(4n, '2')]), ['2: 0 missing', '4: 4000', '5: 10000'])
})

test('terms of an add-on are promised from the later of the window and the activation', () => {
  assert.equal(laterOf(3n, 5n), 5n)
  assert.equal(laterOf(5n, 3n), 5n)
})

test('add-ons stand behind the plan; of a feature that both give, the kinder of both holds', () => {
  const usage = (changes: Partial<FeatureTerms>): FeatureTerms => ({
    ...termsOfAddon(feature('usage'), { ...nothing, includedUnits: units(10), overageRate: 300n }),
    ...changes,
  })
  const plan = [usage({ featureId: 'ftr_2', includedAmount: units(1) })]
  const told = (terms: readonly FeatureTerms[]) =>
    terms.map(({ featureId, includedAmount, overageUnitPrice }) => [featureId, includedAmount, overageUnitPrice])
  assert.deepEqual(told(withAddons(plan, [usage({})], 'metered')), [
    ['ftr_2', units(1), 300n],
    ['ftr_1', units(10), 300n],
  ])
  const cheaper = usage({ featureId: 'ftr_2', includedAmount: units(5), overageUnitPrice: 900n })
  assert.deepEqual(told(withAddons(plan, [cheaper], 'metered')), [['ftr_2', units(5), 300n]])
  const disabled = [usage({ featureId: 'ftr_2', enabled: false, includedAmount: units(99) })]
  assert.deepEqual(told(withAddons(disabled, [cheaper], 'metered')), [['ftr_2', units(5), 900n]])
})
