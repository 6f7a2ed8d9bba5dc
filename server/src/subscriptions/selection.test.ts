import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSameSelection, type PriceTerms, selectTerms, type Wishes } from '#subscriptions/selection.ts'

const plan = { id: 'plan_1', isFree: false }
const price: PriceTerms = {
  id: 'price_1',
  billingInterval: 'monthly',
  price: 2900n,
  trialDays: 14,
  introOffer: { discountType: 'percentage', discountValue: 5000n, durationCycles: 3 },
}
const nothing: Wishes = {
  skipTrial: false,
  customTrialDays: undefined,
  introOffer: undefined,
  hadPaidSubscription: false,
}
const select = (wishes: Partial<Wishes>) => selectTerms(plan, price, { ...nothing, ...wishes })

test('without wishes: the trial and the offer of the price', () => {
  assert.deepEqual(select({}), {
    planId: 'plan_1',
    isFree: false,
    priceId: 'price_1',
    billingInterval: 'monthly',
    basePrice: 2900n,
    trialDays: 14,
    discount: {
      kind: 'intro_offer',
      type: 'percentage',
      value: 5000n,
      name: 'Introductory offer',
      cycles: 3,
      isListed: true,
    },
  })
})

test('days of one’s own replace those of the price, skipping means none', () => {
  assert.equal(select({ customTrialDays: 3 }).trialDays, 3)
  assert.equal(select({ customTrialDays: 0 }).trialDays, 0)
  assert.equal(select({ skipTrial: true }).trialDays, 0)
})

test('the offer of the price is for newcomers, an explicit one for everybody', () => {
  assert.equal(select({ hadPaidSubscription: true }).discount, null)
  const explicit = { discountType: 'amount', discountValue: 100n, durationCycles: null } as const
  const { discount } = select({ hadPaidSubscription: true, introOffer: explicit })
  assert.deepEqual([discount?.type, discount?.value, discount?.cycles], ['amount', 100n, null])
})

test('a free plan has no price, no trial and no offer', () => {
  const free = selectTerms({ id: 'plan_1', isFree: true }, null, nothing)
  assert.deepEqual([free.priceId, free.basePrice, free.trialDays, free.discount], [null, 0n, 0, null])
})

test('the same selection: everything the customer would pay is equal', () => {
  assert.equal(isSameSelection(select({}), select({})), true)
  assert.equal(isSameSelection(select({}), select({ skipTrial: true })), false)
  assert.equal(isSameSelection(select({}), select({ hadPaidSubscription: true })), false)
  assert.equal(isSameSelection(select({}), { ...select({}), basePrice: 3900n }), false)
  assert.equal(isSameSelection(select({}), { ...select({}), priceId: 'price_2' }), false)
})
