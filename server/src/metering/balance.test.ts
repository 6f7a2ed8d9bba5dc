import assert from 'node:assert/strict'
import { test } from 'node:test'
import { balanceCost, mayOverdraw, overdraftOf } from '#metering/balance.ts'

test('a balance pays rounded up: a third of a unit at $0.0001 costs $0.0001', () => {
  assert.equal(balanceCost(333_333n, 1n), 1n)
  assert.equal(balanceCost(2_500_000n, 200n), 500n)
  assert.equal(balanceCost(0n, 200n), 0n)
})

test('only a paid window of a plan that does not block lets the balance go below zero', () => {
  assert.equal(mayOverdraw({ blockOnExhaustion: false }, 'paid'), true)
  assert.equal(mayOverdraw({ blockOnExhaustion: true }, 'paid'), false)
  assert.equal(mayOverdraw({ blockOnExhaustion: false }, 'trial'), false)
  assert.equal(mayOverdraw({ blockOnExhaustion: false }, 'free'), false)
})

test('a balance of -$1.50 is $1.50 short, one of $1.50 nothing', () => {
  assert.equal(overdraftOf(-15_000n), 15_000n)
  assert.equal(overdraftOf(15_000n), 0n)
})
