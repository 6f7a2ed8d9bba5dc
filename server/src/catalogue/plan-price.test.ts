import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import { checkPrice, type IntroOffer, noIntroOffer, type PriceSettings } from '#catalogue/plan-price.ts'
import type { BillingInterval } from '#time/interval.ts'

const plain: PriceSettings = {
  price: 2_900n,
  trialDays: 0,
  includedBalance: null,
  includedCredits: null,
  introOffer: noIntroOffer,
}

function faults(
  settings: Partial<PriceSettings>,
  plan: { consumptionModel?: ConsumptionModel; isFree?: boolean } = {},
  interval: BillingInterval = 'monthly',
): string[] {
  const { consumptionModel = 'metered', isFree = false } = plan
  return checkPrice({ consumptionModel, isFree }, interval, { ...plain, ...settings }).map(({ field }) => field)
}

const offer = (given: Partial<IntroOffer>): Partial<PriceSettings> => ({
  introOffer: { ...noIntroOffer, enabled: true, ...given },
})

test('credits are granted by credits plans only, a balance by balance plans only', () => {
  assert.deepEqual(faults({ includedCredits: 100n }), ['includedCredits'])
  assert.deepEqual(faults({ includedCredits: 100n }, { consumptionModel: 'credits' }), [])
  assert.deepEqual(faults({ includedBalance: 50_000n }, { consumptionModel: 'credits' }), ['includedBalance'])
  assert.deepEqual(faults({ includedBalance: 50_000n }, { consumptionModel: 'balance' }), [])
})

test('granting nothing fits every plan', () => {
  assert.deepEqual(faults({ includedCredits: 0n, includedBalance: 0n }), [])
})

test('an enabled intro offer needs a type and a value', () => {
  assert.deepEqual(faults(offer({})), ['introOffer.discountType', 'introOffer.discountValue'])
  assert.deepEqual(faults({ introOffer: noIntroOffer }), [])
})

test('an intro offer may waive the whole price, not more', () => {
  const percentage = (discountValue: bigint) => faults(offer({ discountType: 'percentage', discountValue }))
  assert.deepEqual(percentage(10_000n), [])
  assert.deepEqual(percentage(10_001n), ['introOffer.discountValue'])
  assert.deepEqual(percentage(0n), ['introOffer.discountValue'])
})

test('an amount off is 1 or more', () => {
  const off = (discountValue: bigint) => faults(offer({ discountType: 'amount', discountValue }))
  assert.deepEqual(off(0n), ['introOffer.discountValue'])
  assert.deepEqual(off(50_000n), [])
})

test('an intro offer lasts one billing period or more, or without end', () => {
  const lasting = (durationCycles: number | null) =>
    faults(offer({ discountType: 'percentage', discountValue: 5_000n, durationCycles }))
  assert.deepEqual(lasting(0), ['introOffer.durationCycles'])
  assert.deepEqual(lasting(1), [])
  assert.deepEqual(lasting(null), [])
})

test('a free plan has no price but a monthly one of 0 that only grants', () => {
  const free = { isFree: true, consumptionModel: 'credits' as const }
  assert.deepEqual(faults({ price: 0n, includedCredits: 100n }, free), [])
  assert.deepEqual(faults({ price: 0n }, free, 'yearly'), ['billingInterval'])
  assert.deepEqual(faults({ price: 1n }, free), ['price'])
  assert.deepEqual(faults({ price: 0n, trialDays: 14 }, free), ['trialDays'])
  const waived = offer({ discountType: 'percentage', discountValue: 10_000n })
  assert.deepEqual(faults({ price: 0n, ...waived }, free), ['introOffer.enabled'])
})
