import assert from 'node:assert/strict'
import { test } from 'node:test'
import { familiesFor, sliceRanges, slicesOf } from '#invoicing/pdf/font-families.ts'

const eastAsian = (text: string, countries: readonly (string | null)[]) =>
  familiesFor(text, countries).slice(-5, -1).join(' ')

test('Han characters are written as in the buyer’s country, else as in the seller’s', () => {
  assert.equal(eastAsian('直', ['JP', 'CN']), 'jp sc tc kr')
  assert.equal(eastAsian('直', ['US', 'HK']), 'tc sc jp kr')
  assert.equal(eastAsian('直', ['KR', 'TW']), 'kr tc sc jp')
  assert.equal(eastAsian('直', [null, 'ES']), 'sc tc jp kr')
})

test('where no country says, the scripts beside them do', () => {
  assert.equal(eastAsian('山田さん', ['US', null]), 'jp sc tc kr')
  assert.equal(eastAsian('金 씨', ['US', null]), 'kr sc tc jp')
  assert.equal(eastAsian('山田さん', ['TW', null]), 'tc jp sc kr')
})

test('a character is in the slices whose ranges have all of it', () => {
  const ranges = sliceRanges({ '[4]': 'U+1f21a,U+4e00-4e02', thai: 'U+0e01-0e3a,U+25cc' })
  assert.deepEqual(slicesOf(ranges, [0x4e00]), ['4'])
  assert.deepEqual(slicesOf(ranges, [0x4e02]), ['4'])
  assert.deepEqual(slicesOf(ranges, [0x4e03]), [])
  assert.deepEqual(slicesOf(ranges, [0x1f21a]), ['4'])
  assert.deepEqual(slicesOf(ranges, [0x25cc]), ['thai'])
  assert.deepEqual(slicesOf(ranges, [0x0e00]), [])
  assert.deepEqual(slicesOf(ranges, [0x4e00, 0x0e01]), [])
  assert.deepEqual(slicesOf([], [0x4e00]), [])
})

test('slices may overlap: what an emoji is put together from is in several, and all of it in one', () => {
  const ranges = sliceRanges({ '[7]': 'U+1f400-1f43f,U+1f525', '[9]': 'U+2764,U+1f440-1f450,U+1f500-1f550' })
  assert.deepEqual(slicesOf(ranges, [0x1f525]), ['9', '7'])
  assert.deepEqual(slicesOf(ranges, [0x2764, 0x1f525]), ['9'])
  assert.deepEqual(slicesOf(ranges, [0x1f540]), ['9'])
})

test('a sign that another family has too is not drawn as an emoji', () => {
  assert.equal(familiesFor('☎', ['US']).at(-1), 'emoji')
})
