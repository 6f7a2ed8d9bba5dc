import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { creditCost, takeCredits, totalCredits } from '#metering/credits.ts'

test('a part of a credit costs a whole one: 1.5 units at 3 credits cost 5', () => {
  assert.equal(creditCost(1_500_000n, 3n), 5n)
  assert.equal(creditCost(1n, 1n), 1n)
  assert.equal(creditCost(2_000_000n, 10n), 20n)
})

test('no usage costs nothing', () => {
  assert.equal(creditCost(0n, 10n), 0n)
})

test('plan credits go first: 12 of 10 plan and 5 purchased credits take 10 and 2', () => {
  assert.deepEqual(takeCredits({ plan: 10n, purchased: 5n }, 12n), { plan: 10n, purchased: 2n })
})

test('one credit too few takes nothing', () => {
  assert.equal(takeCredits({ plan: 10n, purchased: 5n }, 16n), null)
})

test('whatever is taken is what was asked for, and no pot is overdrawn', () => {
  const count = fc.bigInt({ min: 0n, max: 1_000n })
  fc.assert(
    fc.property(count, count, count, (plan, purchased, amount) => {
      const taken = takeCredits({ plan, purchased }, amount)
      if (taken === null) return amount > plan + purchased
      return (
        totalCredits(taken) === amount && taken.plan <= plan && taken.purchased <= purchased && taken.purchased >= 0n
      )
    }),
  )
})
