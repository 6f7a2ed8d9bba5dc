import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chunksOf, isInSyllables, partsOf, syllablesOf } from '#invoicing/pdf/syllables.ts'

test('consonants that are joined are one syllable, with their vowels', () => {
  assert.deepEqual(syllablesOf('শ্রীমান'), ['শ্রী', 'মা', 'ন'])
  assert.deepEqual(syllablesOf('ស្ត្រី'), ['ស្ត្រី'])
  assert.deepEqual(syllablesOf('கிருஷ்ணன்'), ['கி', 'ரு', 'ஷ்ண', 'ன்'])
})

test('a syllable is told in pieces that begin with a letter or a vowel of its own width, marks behind them', () => {
  const told = (syllable: string) => chunksOf(syllable).map((chunk) => String.fromCodePoint(...chunk))
  assert.deepEqual(told('শ্রী'), ['শ্', 'র', 'ী'])
  assert.deepEqual(told('କୁ'), ['କୁ'])
  assert.deepEqual(told('்'), ['்'])
})

test('a text is cut into syllables, but a word stays whole whose syllables are drawn otherwise in it', () => {
  const countOf = (text: string) => (text === 'cd' || text === 'ab cd' ? text.length - 1 : text.length)
  assert.deepEqual(
    partsOf('ab cd', countOf).map(({ text, count }) => `${text} ${count}`),
    ['a 1', 'b 1', '  1', 'cd 1'],
  )
  assert.deepEqual(
    partsOf('ab ef', (text) => (text === 'ab ef' ? 1 : text.length)),
    [{ text: 'ab ef', count: 1 }],
  )
})

test('Latin, Thai and emoji are not', () => {
  for (const text of ['Pro plan 1', 'สมชาย', '👩‍👩‍👧', '東京']) assert.equal(isInSyllables(text), false, text)
  for (const text of ['नई', 'Pro বাং', 'ខ្មែរ']) assert.equal(isInSyllables(text), true, text)
})

test('law: the parts are the text, and have all of its glyphs', () => {
  const characters = fc.constantFrom('ক', '্', 'ষ', 'ি', ' ', 'ក', '្', 'ត', 'ី', 'a')
  fc.assert(
    fc.property(fc.array(characters, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (some, most) => {
      const text = some.join('')
      const countOf = (part: string) => Math.ceil(part.length / most)
      const parts = partsOf(text, countOf)
      assert.equal(parts.map((part) => part.text).join(''), text)
      assert.equal(
        parts.reduce((sum, { count }) => sum + count, 0),
        countOf(text),
      )
    }),
  )
})
