import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeatureType } from '#catalogue/feature.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import { checkPlanFeature, type PlanFeatureSettings } from '#catalogue/plan-feature.ts'
import { units } from '#money/quantity.ts'

const plain: PlanFeatureSettings = {
  enabled: true,
  includedAmount: units(10),
  unlimited: false,
  overageEnabled: false,
  overageUnitPrice: 0n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}

function faults(
  model: ConsumptionModel,
  type: FeatureType,
  settings: Partial<PlanFeatureSettings>,
  isFree = false,
): string[] {
  return checkPlanFeature({ isFree, consumptionModel: model }, type, { ...plain, ...settings }).map(
    ({ field }) => field,
  )
}

test('every type of feature fits a metered plan', () => {
  for (const type of ['boolean', 'usage', 'seats', 'quota'] as const) assert.deepEqual(faults('metered', type, {}), [])
})

test('a free plan never has overage, on any model', () => {
  assert.deepEqual(faults('metered', 'usage', { overageEnabled: true }, true), ['overage.enabled'])
  assert.deepEqual(faults('balance', 'usage', { overageEnabled: true }, true), ['overage.enabled'])
  assert.deepEqual(faults('balance', 'usage', { overageUnitPrice: 200n }, true), [])
})

test('a boolean feature has no overage', () => {
  assert.deepEqual(faults('metered', 'boolean', { overageEnabled: true }), ['overage.enabled'])
})

test('seats and quota are included in whole units, usage in fractions too', () => {
  assert.deepEqual(faults('metered', 'seats', { includedAmount: 1_500_000n }), ['includedAmount'])
  assert.deepEqual(faults('metered', 'quota', { includedAmount: 1_500_000n }), ['includedAmount'])
  assert.deepEqual(faults('metered', 'usage', { includedAmount: 1_500_000n }), [])
})

test('usage features of a credits plan need a cost in credits, others may have none', () => {
  assert.deepEqual(faults('credits', 'usage', {}), ['creditsPerUnit'])
  assert.deepEqual(faults('credits', 'usage', { creditsPerUnit: 1n }), [])
  assert.deepEqual(faults('credits', 'seats', {}), [])
  assert.deepEqual(faults('credits', 'seats', { creditsPerUnit: 1n }), ['creditsPerUnit'])
  assert.deepEqual(faults('metered', 'usage', { creditsPerUnit: 1n }), ['creditsPerUnit'])
})

test('AI model prices are for usage features of balance plans only', () => {
  assert.deepEqual(faults('balance', 'usage', { pricingMode: 'ai_model', margin: 2_000n }), [])
  assert.deepEqual(faults('metered', 'usage', { pricingMode: 'ai_model' }), ['pricingMode'])
  assert.deepEqual(faults('balance', 'seats', { pricingMode: 'ai_model' }), ['pricingMode'])
})

test('a margin needs AI model prices', () => {
  assert.deepEqual(faults('balance', 'usage', { margin: 0n }), ['margin'])
})

test('all faults are told at once', () => {
  const given = { overageEnabled: true, creditsPerUnit: 2n, margin: 1n }
  assert.deepEqual(faults('metered', 'usage', given, true), ['overage.enabled', 'creditsPerUnit', 'margin'])
})
