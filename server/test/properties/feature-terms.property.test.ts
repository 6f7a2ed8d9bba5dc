import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FeatureTerms, foldTerms } from '#catalogue/feature-terms.ts'
import { consumptionModels } from '#catalogue/plan.ts'

const state = fc.record<FeatureTerms>({
  featureId: fc.constant('ftr_1'),
  code: fc.constant('calls'),
  name: fc.constant('API calls'),
  type: fc.constantFrom('usage', 'seats', 'quota'),
  unitName: fc.constant(null),
  enabled: fc.boolean(),
  includedAmount: fc.bigInt({ min: 0n, max: 5n }),
  unlimited: fc.boolean(),
  overageEnabled: fc.boolean(),
  overageUnitPrice: fc.bigInt({ min: 0n, max: 5n }),
  creditsPerUnit: fc.option(fc.bigInt({ min: 1n, max: 5n })),
  pricingMode: fc.constantFrom('fixed', 'ai_model'),
  margin: fc.option(fc.bigInt({ min: 0n, max: 5n })),
})
const change = fc.oneof(state, fc.constant('removed' as const))
const inForce = fc.option(state)
const model = fc.constantFrom(...consumptionModels)
const changes = fc.array(change, { maxLength: 6 })

/** What a customer is worse off by, in words; nothing when `after` is at least as good as `before`. */
function lossOf(before: FeatureTerms | null, after: FeatureTerms | null): string | null {
  if (!before?.enabled) return null
  if (!after?.enabled) return 'access'
  if (after.includedAmount < before.includedAmount) return 'included amount'
  if (before.unlimited && !after.unlimited) return 'unlimited'
  if (before.overageEnabled && !after.overageEnabled) return 'overage'
  if (before.overageEnabled && after.overageUnitPrice > before.overageUnitPrice) return 'unit price'
  if (before.creditsPerUnit !== null && (after.creditsPerUnit ?? 99n) > before.creditsPerUnit) return 'credits per unit'
  const isByModel = before.pricingMode === 'ai_model'
  if (isByModel && (after.pricingMode !== 'ai_model' || (after.margin ?? 0n) > (before.margin ?? 0n))) return 'margin'
  return null
}

test('no change of the catalogue takes anything away inside a window', () => {
  fc.assert(
    fc.property(inForce, changes, model, (start, later, plan) => {
      assert.equal(lossOf(start, foldTerms(start, later, plan)), null)
    }),
  )
})

test('whatever was on offer during a window is kept to its end', () => {
  fc.assert(
    fc.property(inForce, changes, change, model, (start, later, next, plan) => {
      const offered = foldTerms(start, later, plan)
      assert.equal(lossOf(offered, foldTerms(start, [...later, next], plan)), null)
    }),
  )
})

test('customers have at least what the catalogue offers now', () => {
  fc.assert(
    fc.property(inForce, changes, state, model, (start, later, newest, plan) => {
      const terms = foldTerms(start, [...later, newest], plan)
      if (newest.enabled) assert.ok(terms && terms.includedAmount >= newest.includedAmount)
      if (newest.enabled && newest.overageEnabled && terms) assert.ok(terms.overageUnitPrice <= newest.overageUnitPrice)
      if (newest.enabled && terms?.pricingMode === 'ai_model' && newest.pricingMode === 'ai_model') {
        assert.ok((terms.margin ?? 0n) <= (newest.margin ?? 0n))
      }
    }),
  )
})

test('folding step by step and all at once gives the same terms', () => {
  fc.assert(
    fc.property(inForce, changes, changes, model, (start, first, then, plan) => {
      assert.deepEqual(
        foldTerms(foldTerms(start, first, plan), then, plan),
        foldTerms(start, [...first, ...then], plan),
      )
    }),
  )
})

test('on a balance plan the price of usage never rises inside a window', () => {
  fc.assert(
    fc.property(state, changes, (start, later) => {
      const usage = { ...start, type: 'usage' as const, enabled: true }
      const terms = foldTerms(usage, later, 'balance')
      assert.ok(terms && terms.overageUnitPrice <= usage.overageUnitPrice)
    }),
  )
})
