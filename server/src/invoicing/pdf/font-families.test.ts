import assert from 'node:assert/strict'
import { test } from 'node:test'
import { familiesFor, sliceOf, sliceRanges } from '#invoicing/pdf/font-families.ts'

const eastAsian = (text: string, countries: readonly (string | null)[]) =>
  familiesFor(text, countries).slice(-4).join(' ')

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

test('a character is in the slice whose range has it', () => {
  const ranges = sliceRanges({ '[4]': 'U+1f21a,U+4e00-4e02', thai: 'U+0e01-0e3a,U+25cc' })
  assert.equal(sliceOf(ranges, 0x4e00), '4')
  assert.equal(sliceOf(ranges, 0x4e02), '4')
  assert.equal(sliceOf(ranges, 0x4e03), undefined)
  assert.equal(sliceOf(ranges, 0x1f21a), '4')
  assert.equal(sliceOf(ranges, 0x25cc), 'thai')
  assert.equal(sliceOf(ranges, 0x0e00), undefined)
  assert.equal(sliceOf([], 0x4e00), undefined)
})
