import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currency } from '#money/currency.ts'
import { add, compare, isNegative, isZero, money, negate, subtract, sum, zero } from '#money/money.ts'

const usd = currency('usd')
const eur = currency('eur')

test('amounts of one currency add, subtract and negate', () => {
  assert.deepEqual(add(money(9900n, usd), money(1n, usd)), { minor: 9901n, currency: 'usd' })
  assert.deepEqual(subtract(money(2900n, usd), money(9900n, usd)), { minor: -7000n, currency: 'usd' })
  assert.deepEqual(negate(money(1450n, usd)), { minor: -1450n, currency: 'usd' })
})

test('a sum keeps its currency, an empty one too', () => {
  assert.deepEqual(sum(usd, [money(5000n, usd), money(1250n, usd), money(-250n, usd)]), {
    minor: 6000n,
    currency: 'usd',
  })
  assert.deepEqual(sum(eur, []), { minor: 0n, currency: 'eur' })
})

test('two currencies never mix', () => {
  const dollar = money(100n, usd)
  const euro = money(100n, eur)
  for (const mix of [add, subtract, compare]) assert.throws(() => mix(dollar, euro), /cannot mix usd and eur/)
  assert.throws(() => sum(usd, [dollar, euro]), /cannot mix usd and eur/)
})

test('amounts compare by size', () => {
  assert.equal(compare(money(1n, usd), money(2n, usd)), -1)
  assert.equal(compare(money(2n, usd), money(2n, usd)), 0)
  assert.equal(compare(money(2n, usd), money(-3n, usd)), 1)
  assert(isZero(zero(usd)) && !isZero(money(1n, usd)))
  assert(isNegative(money(-1n, usd)) && !isNegative(zero(usd)))
})
