import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseTooLarge } from '#billing/simulation/refuse-too-large.ts'

const sum = (simulated: bigint) => ({ invoiced: 0n, simulated, byLineType: new Map() })
const draft = {
  prices: [{ price: 100n }, {}],
  features: [{ overage: { unitPrice: 900n } }, { overage: {} }, {}],
}

test('sums up to 2^53 − 1 either way are shown', () => {
  refuseTooLarge([sum(9_007_199_254_740_991n), sum(-9_007_199_254_740_991n)], draft)
})

test('a sum beyond is refused at the largest amount of the draft, at the draft itself where it names none', () => {
  const refused = (amounts: typeof draft) => () => refuseTooLarge([sum(0n), sum(9_007_199_254_740_992n)], amounts)
  assert.throws(refused(draft), { code: 'validation_error', param: 'plan.features.0.overage.unitPrice' })
  assert.throws(refused({ ...draft, features: [] }), { param: 'plan.prices.0.price' })
  assert.throws(refused({ prices: [], features: [] }), { param: 'plan' })
})
