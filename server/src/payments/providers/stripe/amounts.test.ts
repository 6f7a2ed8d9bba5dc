import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromStripeAmount, toStripeAmount } from './amounts.ts'

test('amounts are the same minor units at Stripe but for three currencies', () => {
  assert.equal(toStripeAmount(2900n, 'usd'), 2900)
  assert.equal(toStripeAmount(15000n, 'clp'), 15000)
  assert.equal(toStripeAmount(500n, 'isk'), 50000)
  assert.equal(toStripeAmount(500n, 'ugx'), 50000)
  assert.equal(fromStripeAmount(50000, 'isk'), 500n)
  assert.equal(fromStripeAmount(2900, 'usd'), 2900n)
})
