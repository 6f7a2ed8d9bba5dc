import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idPrefixes, idTextOf, isId, newId, risingIds } from '#id.ts'

test('an id is its prefix and 26 characters in lower case', () => {
  assert.match(newId('cus'), /^cus_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
  assert.match(newId('whev'), /^whev_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
})

test('128 bits are written in Crockford base 32', () => {
  assert.equal(idTextOf(0n), '00000000000000000000000000')
  assert.equal(idTextOf(31n), '0000000000000000000000000z')
  assert.equal(idTextOf(18n * 32n + 20n), '000000000000000000000000jm')
  assert.equal(idTextOf(2n ** 128n - 1n), '7zzzzzzzzzzzzzzzzzzzzzzzzz')
})

test('the content is a UUIDv7: milliseconds, version 7, variant 2', () => {
  const next = risingIds(
    () => 0x0190_0000_0001,
    () => 0xffff_ffff_ffff_ffffn,
  )
  assert.equal(next().toString(16).padStart(32, '0'), '01900000000177ffbfffffffffffffff')
})

test('ids rise within a millisecond and when the clock steps back', () => {
  const times = [1000, 1000, 999, 1001, 500]
  const next = risingIds(
    () => times.shift() ?? 0,
    () => 5n,
  )
  const made = [next(), next(), next(), next(), next()]
  assert.deepEqual(
    made,
    made.toSorted((a, b) => (a < b ? -1 : 1)),
  )
  assert.equal(new Set(made).size, 5)
})

test('ids after the largest random start keep rising and keep their millisecond', () => {
  const next = risingIds(
    () => 7,
    () => 2n ** 64n - 1n,
  )
  let last = next()
  for (let made = 0; made < 1000; made++) {
    const id = next()
    assert(id > last)
    assert.equal(id >> 80n, 7n)
    last = id
  }
})

test('an id is of its own kind only', () => {
  const customer = newId('cus')
  assert.equal(isId('cus', customer), true)
  assert.equal(isId('sub', customer), false)
  assert.equal(isId('cus', customer.toUpperCase()), false)
  assert.equal(isId('cus', `${customer}0`), false)
  assert.equal(isId('cus', 'cus_my-own-id'), false)
  assert.equal(isId('cus', customer.slice(4)), false)
})

test('no two kinds share a prefix', () => {
  const prefixes = Object.values(idPrefixes)
  assert.equal(new Set(prefixes).size, prefixes.length)
  assert.equal(
    prefixes.join(' '),
    'org key cus addr ftr pln prc pgr adn cpk pro sub evt evp rsv sev qev inv txn re dp pay pm cko pse emc po pba whk whev whd whr car ccr chg eml con req',
  )
})
