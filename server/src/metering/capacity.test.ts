import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type Circumstances, countedCapacity, fits, usageCapacity, wouldBeBilled } from '#metering/capacity.ts'
import { units } from '#money/quantity.ts'

const terms: FeatureTerms = {
  featureId: 'ftr_1',
  code: 'api_calls',
  name: 'API calls',
  type: 'usage',
  unitName: null,
  enabled: true,
  includedAmount: units(10),
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 200n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}
const paid: Circumstances = { model: 'metered', status: 'active', windowKind: 'paid' }

test('on a paid window units beyond the included ones are billed when overage is enabled', () => {
  assert.deepEqual(countedCapacity(terms, paid), { kind: 'billed_beyond', included: 10_000_000n })
  assert.deepEqual(countedCapacity(terms, { ...paid, status: 'past_due' }), {
    kind: 'billed_beyond',
    included: 10_000_000n,
  })
})

test('without overage, in a trial and on a free plan the included amount is the limit', () => {
  const limited = { kind: 'limited', included: 10_000_000n }
  assert.deepEqual(countedCapacity({ ...terms, overageEnabled: false }, paid), limited)
  assert.deepEqual(countedCapacity(terms, { ...paid, status: 'trialing', windowKind: 'trial' }), limited)
  assert.deepEqual(countedCapacity(terms, { ...paid, windowKind: 'free' }), limited)
})

test('a trial that is over but not yet billed sells no overage', () => {
  assert.deepEqual(countedCapacity(terms, { ...paid, status: 'trialing' }), { kind: 'limited', included: 10_000_000n })
})

test('unlimited goes before everything', () => {
  assert.deepEqual(countedCapacity({ ...terms, unlimited: true }, { ...paid, windowKind: 'free' }), {
    kind: 'unlimited',
  })
})

test('usage of credits and balance plans is not decided by the included amount', () => {
  assert.deepEqual(usageCapacity(terms, { ...paid, model: 'credits' }), { kind: 'ledger', model: 'credits' })
  assert.deepEqual(usageCapacity(terms, { ...paid, model: 'balance' }), { kind: 'ledger', model: 'balance' })
  assert.deepEqual(usageCapacity(terms, paid), { kind: 'billed_beyond', included: 10_000_000n })
})

test('a quantity fits up to the limit and not a millionth beyond', () => {
  const limited = { kind: 'limited', included: units(10) } as const
  assert.equal(fits(limited, units(7), units(3)), true)
  assert.equal(fits(limited, units(7), 3_000_001n), false)
  assert.equal(fits(limited, units(12), 0n), false)
  assert.equal(fits({ kind: 'unlimited' }, units(12), units(1)), true)
  assert.equal(fits({ kind: 'billed_beyond', included: units(10) }, units(12), units(1)), true)
})

test('the unit that crosses the included amount is billed, the one that reaches it is not', () => {
  const sold = { kind: 'billed_beyond', included: units(10) } as const
  assert.equal(wouldBeBilled(sold, units(9), units(1)), false)
  assert.equal(wouldBeBilled(sold, units(10), units(1)), true)
  assert.equal(wouldBeBilled(sold, 9_500_000n, units(1)), true)
  assert.equal(wouldBeBilled({ kind: 'unlimited' }, units(10), units(1)), false)
})
