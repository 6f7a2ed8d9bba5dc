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
  slugOf,
  termsOfAddon,
} from '#catalogue/addon.ts'
import { type FeatureType, featureTypes } from '#catalogue/feature.ts'
import { consumptionModels } from '#catalogue/plan.ts'
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
