import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { charactersOf, type Drawer, missingIn, runsOf, settable } from '#invoicing/pdf/text-runs.ts'

type Named = Drawer & { readonly name: string }
const fontOf = (name: string, characters: string): Named => ({
  name,
  canDraw: (codePoint) => characters.includes(String.fromCodePoint(codePoint)),
})
const latin = fontOf('latin', 'abc (),.12\u0301')
const han = fontOf('han', '東京都a。 ')
const thai = fontOf('thai', 'กำขจ\u0e31 ')
const fonts = [latin, han, thai]
const named = (text: string) => runsOf(text, fonts).map(({ text: part, font }) => [part, font?.name ?? null])

test('each character is in the first font that has it', () => {
  assert.deepEqual(named('a東京b'), [
    ['a', 'latin'],
    ['東京', 'han'],
    ['b', 'latin'],
  ])
  assert.deepEqual(named('(都。)'), [
    ['(', 'latin'],
    ['都。', 'han'],
    [')', 'latin'],
  ])
})

test('what is seen as one character is in one font', () => {
  assert.deepEqual(named('a\u0301กั'), [
    ['a\u0301', 'latin'],
    ['กั', 'thai'],
  ])
  // Neither font has both the letter and its accent.
  assert.deepEqual(named('東\u0301'), [['東\u0301', null]])
})

test('a character that no font has is in none, and its neighbours are not taken along', () => {
  assert.deepEqual(named('a👍🏽👩‍👩‍👧b'), [
    ['a', 'latin'],
    ['👍🏽👩‍👩‍👧', null],
    ['b', 'latin'],
  ])
})

test('the space between two words is in the font of the first; marks without a shape need no font', () => {
  assert.deepEqual(named('東 京 a'), [
    ['東 京 ', 'han'],
    ['a', 'latin'],
  ])
  assert.deepEqual(named('a\u200bb'), [['a\u200bb', 'latin']])
  assert.deepEqual(missingIn(latin, 'a\u200b東東京\ufe0f'), [0x6771, 0x4eac])
})

const text = fc
  .array(fc.constantFrom('a', 'b', ' ', '東', '京', '。', 'ก', 'ั', '\u0301', '👍🏽', '\u200d', 'é', '\ud800'))
  .map((parts) => parts.join(''))

test('laws: the runs are the text, none is empty, neighbours differ, and each font can draw its run', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const runs = runsOf(whole, fonts)
      assert.equal(runs.map((run) => run.text).join(''), whole)
      runs.forEach(({ text: part, font }, index) => {
        assert.notEqual(part, '')
        assert.notEqual(font, runs[index + 1]?.font)
        if (font) assert.deepEqual(missingIn(font, part), [])
        else
          for (const character of charactersOf(part))
            for (const one of fonts) assert.notEqual(missingIn(one, character).length, 0)
      })
    }),
    { numRuns: 500 },
  )
})

test('no mark turns the direction of a name; control characters and half characters are not set', () => {
  assert.equal(settable('invoice\u202efdp.exe\u2066\u200f'), 'invoicefdp.exe')
  assert.equal(settable('a\r\nb\rc\u2028d\te\u0000\u0007\u00adf'), 'a\nb\nc\nd ef')
  assert.equal(settable('x\ud83d'), 'x\ufffd')
})
