import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDiscount, type PromoUse, refusalOf } from '#catalogue/promo-code.ts'

const now = Temporal.Instant.from('2041-03-01T12:00:00Z')
const code = {
  discountType: 'percentage',
  discountValue: 2000n,
  durationCycles: 2,
  billingInterval: null,
  maxRedemptions: null,
  expiresAt: null,
  isActive: true,
  planIds: null,
  held: 0,
  redeemed: 0,
  honoured: 0,
} as const
const use: PromoUse = { now, planId: 'pln_1', billingInterval: 'monthly', hasIntroOffer: false, own: null }

test('a code that nothing speaks against is used', () => {
  assert.equal(refusalOf(code, use), null)
})

test('the first of several reasons is given, in the documented order', () => {
  const all = {
    ...code,
    isActive: false,
    expiresAt: now,
    maxRedemptions: 1,
    redeemed: 1,
    planIds: ['pln_2'],
    billingInterval: 'yearly',
  } as const
  const worst: PromoUse = { ...use, own: 'redeemed', hasIntroOffer: true }
  assert.equal(refusalOf(all, worst), 'inactive')
  assert.equal(refusalOf({ ...all, isActive: true }, worst), 'expired')
  const running = { ...all, isActive: true, expiresAt: null }
  assert.equal(refusalOf(running, worst), 'max_redemptions_reached')
  assert.equal(refusalOf({ ...running, maxRedemptions: 2 }, worst), 'already_redeemed')
  const free = { ...running, maxRedemptions: 2 }
  assert.equal(refusalOf(free, { ...worst, own: null }), 'plan_not_eligible')
  assert.equal(refusalOf({ ...free, planIds: null }, { ...worst, own: null }), 'interval_not_eligible')
  const open = { ...free, planIds: null, billingInterval: null }
  assert.equal(refusalOf(open, { ...worst, own: null }), 'intro_offer_active')
})

test('a code is good until the instant it expires at', () => {
  const expiresAt = now.add({ milliseconds: 1 })
  assert.equal(refusalOf({ ...code, expiresAt }, use), null)
  assert.equal(refusalOf({ ...code, expiresAt: now }, use), 'expired')
})

test('payments in flight count against the cap, but a customer’s own does not stand in their way', () => {
  const last = { ...code, maxRedemptions: 3, redeemed: 2, held: 1 }
  assert.equal(refusalOf(last, use), 'max_redemptions_reached')
  assert.equal(refusalOf(last, { ...use, own: 'held' }), null)
})

test('100 % is not a discount', () => {
  assert.deepEqual(checkDiscount({ discountType: 'percentage', discountValue: 9999n }), [])
  assert.equal(checkDiscount({ discountType: 'percentage', discountValue: 10_000n })[0]?.field, 'discountValue')
  assert.deepEqual(checkDiscount({ discountType: 'amount', discountValue: 10_000n }), [])
})
