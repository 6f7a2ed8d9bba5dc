import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FeatureTerms, foldTerms } from '#catalogue/feature-terms.ts'
import { units } from '#money/quantity.ts'

/** 1,000 included, $0.02 beyond. */
const calls: FeatureTerms = {
  featureId: 'ftr_1',
  code: 'calls',
  name: 'API calls',
  type: 'usage',
  unitName: 'call',
  enabled: true,
  includedAmount: units(1_000),
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 200n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}
const tokens: FeatureTerms = { ...calls, overageEnabled: false, pricingMode: 'ai_model', margin: 2_000n }

const metered = (inForce: FeatureTerms | null, ...later: (FeatureTerms | 'removed')[]) =>
  foldTerms(inForce, later, 'metered')

test('a window without changes keeps the terms it began with', () => {
  assert.deepEqual(metered(calls), calls)
  assert.equal(metered(null), null)
})

test('a lowered unit price holds at once, a raised one from the next window', () => {
  assert.equal(metered(calls, { ...calls, overageUnitPrice: 100n })?.overageUnitPrice, 100n)
  assert.equal(metered(calls, { ...calls, overageUnitPrice: 300n })?.overageUnitPrice, 200n)
})

test('the lowest price of the window stays when it is raised again', () => {
  const lowered = { ...calls, overageUnitPrice: 100n }
  assert.equal(metered(calls, lowered, calls)?.overageUnitPrice, 100n)
})

test('a larger included amount holds at once, a smaller one from the next window', () => {
  assert.equal(metered(calls, { ...calls, includedAmount: units(5_000) })?.includedAmount, 5_000_000_000n)
  assert.equal(metered(calls, { ...calls, includedAmount: units(10) })?.includedAmount, 1_000_000_000n)
})

test('one change that is both kinder and harsher gives the kinder half now', () => {
  const terms = metered(calls, { ...calls, includedAmount: units(10), overageUnitPrice: 100n })
  assert.equal(terms?.includedAmount, 1_000_000_000n)
  assert.equal(terms?.overageUnitPrice, 100n)
})

test('made unlimited holds at once, limited again from the next window', () => {
  assert.equal(metered(calls, { ...calls, unlimited: true })?.unlimited, true)
  assert.equal(metered({ ...calls, unlimited: true }, calls)?.unlimited, true)
})

test('creditsPerUnit lowered holds at once, raised from the next window', () => {
  const costs = (creditsPerUnit: bigint) => ({ ...calls, creditsPerUnit })
  assert.equal(foldTerms(costs(5n), [costs(3n)], 'credits')?.creditsPerUnit, 3n)
  assert.equal(foldTerms(costs(5n), [costs(9n)], 'credits')?.creditsPerUnit, 5n)
})

test('an added feature is there at once with its terms', () => {
  assert.deepEqual(metered(null, calls), calls)
})

test('a removed or disabled feature stays until the next window', () => {
  assert.deepEqual(metered(calls, 'removed'), calls)
  assert.deepEqual(metered(calls, { ...calls, enabled: false }), calls)
})

test('a feature added and removed in one window stays until the next', () => {
  assert.deepEqual(metered(null, calls, 'removed'), calls)
})

test('a feature removed and added again at harsher terms keeps the kinder ones', () => {
  const harsher = { ...calls, includedAmount: units(10), overageUnitPrice: 900n }
  assert.deepEqual(metered(calls, 'removed', harsher), calls)
})

test('a disabled feature that is enabled comes with the terms it is enabled with', () => {
  const disabled = { ...calls, enabled: false, includedAmount: units(9_999), overageUnitPrice: 1n }
  assert.deepEqual(metered(disabled, calls), calls)
})

test('overage turned on holds at once at its price, not at the 0 of the plan without it', () => {
  const withoutOverage = { ...calls, overageEnabled: false, overageUnitPrice: 0n }
  const terms = metered(withoutOverage, calls)
  assert.equal(terms?.overageEnabled, true)
  assert.equal(terms?.overageUnitPrice, 200n)
})

test('overage turned off, whatever its price says then, stays on at the old price until the next window', () => {
  assert.deepEqual(metered(calls, { ...calls, overageEnabled: false, overageUnitPrice: 0n }), calls)
})

test('on a balance plan the unit price counts without overage: raised waits, lowered holds', () => {
  const priced = { ...calls, overageEnabled: false }
  const dearer = { ...calls, overageEnabled: true, overageUnitPrice: 300n }
  const cheaper = { ...priced, overageUnitPrice: 50n }
  assert.equal(foldTerms(priced, [dearer], 'balance')?.overageUnitPrice, 200n)
  assert.equal(foldTerms(priced, [cheaper], 'balance')?.overageUnitPrice, 50n)
})

test('another pricing mode waits for the next window with its margin', () => {
  const terms = foldTerms({ ...tokens, pricingMode: 'fixed', margin: null }, [tokens], 'balance')
  assert.equal(terms?.pricingMode, 'fixed')
  assert.equal(terms?.margin, null)
})

test('a lower margin holds at once', () => {
  assert.equal(foldTerms(tokens, [{ ...tokens, margin: 500n }], 'balance')?.margin, 500n)
})

test('no margin is none: one that is added waits for the next window, one that is taken away is gone at once', () => {
  const plain = { ...tokens, margin: null }
  assert.equal(foldTerms(plain, [tokens], 'balance')?.margin, null)
  assert.equal(foldTerms(tokens, [plain, tokens], 'balance')?.margin, null)
})

test('a new name shows at once', () => {
  assert.equal(metered(calls, { ...calls, name: 'Requests' })?.name, 'Requests')
})
