import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Discount, discountOn, isRunning } from '#billing/charges/discount.ts'
import { meteredOverage } from '#billing/charges/metered-overage.ts'
import { planBase } from '#billing/charges/plan-base.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

const [start, end] = [Temporal.PlainDate.from('2027-03-01'), Temporal.PlainDate.from('2027-04-01')]
const window: WindowPlan = { number: 3, kind: 'paid', startsOn: start, endsOn: end, periodStart: start, periodEnd: end }

const offer: Discount = {
  kind: 'intro_offer',
  type: 'percentage',
  value: 2500n,
  name: 'Spring',
  cycles: 3,
  cyclesUsed: 0,
}
const baseOf = (price: bigint) => planBase({ name: 'Pro', price }, window)

const terms: FeatureTerms = {
  featureId: 'feat_1',
  code: 'calls',
  name: 'Calls',
  type: 'usage',
  unitName: null,
  enabled: true,
  includedAmount: units(10_000),
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 200n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}

test('25 % off $29.99 is $7.50: half a cent goes away from zero', () => {
  assert.equal(discountOn(baseOf(2999n), offer).amount, -750n)
  assert.equal(discountOn(baseOf(2998n), offer).amount, -750n)
})

test('an amount never takes more than the base', () => {
  assert.equal(discountOn(baseOf(2900n), { ...offer, type: 'amount', value: 1000n }).amount, -1000n)
  assert.equal(discountOn(baseOf(2900n), { ...offer, type: 'amount', value: 9000n }).amount, -2900n)
})

test('an offer gives a discount line, a promo code a line of its own kind', () => {
  assert.equal(discountOn(baseOf(2900n), offer).lineType, 'discount')
  assert.equal(discountOn(baseOf(2900n), { ...offer, kind: 'promo_code' }).lineType, 'promo_code_discount')
})

test('a discount runs for its cycles, or for ever', () => {
  assert.equal(isRunning({ ...offer, cyclesUsed: 2 }), true)
  assert.equal(isRunning({ ...offer, cyclesUsed: 3 }), false)
  assert.equal(isRunning({ ...offer, cycles: null, cyclesUsed: 999 }), true)
})

test('15,000 used of 10,000 at $0.02 is $100.00, and the line says why', () => {
  const line = meteredOverage(terms, units(15_000), window, currency('usd'))
  assert(line)
  assert.equal(line.amount, 10_000n)
  assert.equal(line.unitAmount, 200n)
  assert.deepEqual(
    [line.quantity, line.includedAmount, line.usedAmount, line.overageAmount],
    [units(5_000), units(10_000), units(15_000), units(5_000)],
  )
  assert.deepEqual([line.windowNumber, `${line.startsOn}`, `${line.endsOn}`], [3, '2027-03-01', '2027-04-01'])
})

test('a line is rounded once, not unit by unit', () => {
  // 3 units at a third of a cent (33 of 10,000) are 0.99 of a cent.
  const cheap = { ...terms, includedAmount: 0n, overageUnitPrice: 33n }
  assert.equal(meteredOverage(cheap, units(3), window, currency('usd'))?.amount, 1n)
  assert.equal(meteredOverage(cheap, units(1), window, currency('usd'))?.amount, 0n)
})

test('within what is included there is no line', () => {
  assert.equal(meteredOverage(terms, units(10_000), window, currency('usd')), null)
  assert.equal(meteredOverage({ ...terms, type: 'seats' }, units(20_000), window, currency('usd')), null)
})

test('yen have no minor unit: 50 units at 1.5 yen are 75 yen', () => {
  const yen = { ...terms, includedAmount: 0n, overageUnitPrice: 15_000n }
  assert.equal(meteredOverage(yen, units(50), window, currency('jpy'))?.amount, 75n)
})
