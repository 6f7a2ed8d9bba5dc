import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Circumstances } from '#metering/capacity.ts'
import { accessTo, denialOf } from '#metering/feature-access.ts'
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

test('a boolean feature is allowed when it is on', () => {
  const on = { ...terms, type: 'boolean' } as const
  assert.deepEqual(accessTo(on, paid, 0n), { type: 'boolean', allowed: true, enabled: true })
  const off = { ...on, enabled: false }
  assert.deepEqual(accessTo(off, paid, 0n), { type: 'boolean', allowed: false, enabled: false })
  assert.equal(denialOf(off, accessTo(off, paid, 0n)), 'feature_disabled')
})

test('12 used of 10 included with overage: 2 beyond, nothing left, one more will be charged', () => {
  assert.deepEqual(accessTo(terms, paid, units(12)), {
    type: 'usage',
    allowed: true,
    willBeCharged: true,
    current: 12_000_000n,
    included: 10_000_000n,
    remaining: 0n,
    overageQuantity: 2_000_000n,
    overageUnitPrice: 200n,
    unlimited: false,
    overageEnabled: true,
    billedQuantity: undefined,
  })
})

test('9.5 used of 10 without overage: half a unit is left and one more is refused', () => {
  const limited = { ...terms, overageEnabled: false }
  const access = accessTo(limited, paid, 9_500_000n)
  assert(access.type !== 'boolean')
  assert.equal(access.allowed, false)
  assert.equal(access.willBeCharged, false)
  assert.equal(access.remaining, 500_000n)
  assert.equal(denialOf(limited, access), 'included_limit_reached')
})

test('in a trial overage is shown as off', () => {
  const access = accessTo(terms, { ...paid, status: 'trialing', windowKind: 'trial' }, units(10))
  assert(access.type !== 'boolean')
  assert.equal(access.overageEnabled, false)
  assert.equal(access.allowed, false)
})

test('unlimited has no remainder and no overage', () => {
  const access = accessTo({ ...terms, unlimited: true }, paid, units(12))
  assert(access.type !== 'boolean')
  assert.equal(access.remaining, undefined)
  assert.equal(access.overageQuantity, 0n)
  assert.equal(access.willBeCharged, false)
  assert.equal(access.allowed, true)
})

test('a disabled feature is refused as disabled, whatever is left of it', () => {
  const disabled = { ...terms, enabled: false }
  const access = accessTo(disabled, paid, 0n)
  assert.equal(access.allowed, false)
  assert.equal(denialOf(disabled, access), 'feature_disabled')
})

test('seats and quota are billed for at least the included amount', () => {
  for (const type of ['seats', 'quota'] as const) {
    const access = accessTo({ ...terms, type }, paid, 0n)
    assert(access.type !== 'boolean')
    assert.equal(access.current, 0n)
    assert.equal(access.billedQuantity, 10_000_000n)
  }
})
