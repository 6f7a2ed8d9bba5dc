import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { idTextOf, isId, newId, risingIds } from '#id.ts'

const bits128 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })
const bits64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

test('the texts of ids sort as their content does', () => {
  fc.assert(
    fc.property(bits128, bits128, (a, b) => {
      assert.equal(a < b, idTextOf(a) < idTextOf(b))
      assert.equal(a === b, idTextOf(a) === idTextOf(b))
    }),
  )
})

test('ids rise whatever the clock and the random numbers do, and stay UUIDv7', () => {
  const draws = fc.array(fc.tuple(fc.nat(2 ** 31 - 1), bits64), { minLength: 2, maxLength: 50 })
  fc.assert(
    fc.property(draws, (list) => {
      let drawn = 0
      const next = risingIds(
        () => list[drawn]?.[0] ?? 0,
        () => list[drawn]?.[1] ?? 0n,
      )
      let last = -1n
      for (drawn = 0; drawn < list.length; drawn++) {
        const id = next()
        assert(id > last && id < 2n ** 128n)
        assert.equal((id >> 76n) & 0xfn, 7n)
        assert.equal((id >> 62n) & 0b11n, 2n)
        last = id
      }
    }),
  )
})

test('10,000 ids made one after another are unique and sorted', () => {
  const made = Array.from({ length: 10_000 }, () => newId('evt'))
  assert.equal(new Set(made).size, 10_000)
  assert.deepEqual(made, made.toSorted())
  assert(made.every((id) => isId('evt', id)))
})
