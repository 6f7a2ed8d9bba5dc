import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { breaksOf } from '#invoicing/pdf/line-breaks.ts'
import { charactersOf } from '#invoicing/pdf/text-runs.ts'
import { typeset } from '#invoicing/pdf/typeset.ts'
import { inVisualOrder, levelsOf } from '#invoicing/pdf/visual-order.ts'

const all = { name: 'all', canDraw: (codePoint: number) => codePoint < 0x590 || codePoint === 0xfffd }
const hebrew = {
  name: 'hebrew',
  canDraw: (codePoint: number) => codePoint === 0x20 || (codePoint >= 0x590 && codePoint < 0x600),
}
const others = { name: 'others', canDraw: (codePoint: number) => codePoint >= 0xe00 && codePoint < 0xffff }
// Each character is one wide.
const setting = (width: number) => ({
  fonts: [all, hebrew, others] as const,
  width,
  measure: (text: string) => charactersOf(text).length,
})
const linesOf = (text: string, width: number) =>
  typeset(text, { ...setting(width), fonts: [all, hebrew, others] }).map(({ fragments }) =>
    fragments.map((one) => one.text).join(''),
  )

test('lines end between words, and space at their end takes no room', () => {
  assert.deepEqual(linesOf('one two three', 7), ['one two', 'three'])
  assert.deepEqual(linesOf('one\n\ntwo', 7), ['one', '', 'two'])
})

test('a word that is wider than all is cut between characters, and what follows goes on behind it', () => {
  assert.deepEqual(linesOf('abcdefghij kl', 4), ['abcd', 'efgh', 'ij', 'kl'])
  assert.deepEqual(linesOf('ab', 0.5), ['a', 'b'])
})

test('Chinese and Japanese break between characters but not before their full stop; Thai breaks between its words', () => {
  assert.deepEqual(linesOf('東京都千代田区。', 4), ['東京都千', '代田区。'])
  assert.deepEqual(linesOf('東京都。', 3), ['東京', '都。'])
  assert.deepEqual(
    breaksOf('สวัสดีครับ').map(({ at }) => at),
    [6, 10],
  )
})

test('Hebrew and Arabic are seen from right to left, numbers in them from left to right, brackets turned', () => {
  const [line] = typeset('ab שלום (12) עולם', { ...setting(99), fonts: [all, hebrew, others] })
  assert.deepEqual(
    line?.fragments.map(({ text, x, isTurned }) => [text, x, isTurned]),
    [
      ['ab ', 0, false],
      ['עולם', 3, true],
      [' (', 7, true],
      ['12', 9, false],
      [')', 11, true],
      ['שלום ', 12, true],
    ],
  )
})

test('a paragraph that begins from right to left is seen from that side as a whole', () => {
  assert.deepEqual(linesOf('שלום abc', 99), ['abcשלום '])
})

test('what no font has is seen as the sign for that, once for each character', () => {
  assert.deepEqual(linesOf('a😀👍🏽b', 99), ['a\ufffd\ufffdb'])
})

test('law: every character is on one line, lines are as wide as their fragments and no wider than they may', () => {
  const words = fc
    .array(fc.constantFrom('one', 'to', 'three', '東京', 'שלום', 'ก', '(', ')', '12', 'é'))
    .map((some) => some.join(' '))
  fc.assert(
    fc.property(words, fc.integer({ min: 3, max: 30 }), (text, width) => {
      const lines = typeset(text, { ...setting(width), fonts: [all, hebrew, others] })
      const seen = lines.flatMap(({ fragments }) => fragments.map((one) => one.text)).join('')
      const letters = (some: string) => [...some.replaceAll(/[\s()]/g, '')].sort().join('')
      assert.equal(letters(seen), letters(text))
      for (const { fragments, width: own } of lines) {
        assert(own <= width, `${own} in ${width}`)
        assert.equal(
          fragments.reduce((sum, one) => sum + one.width, 0),
          own,
        )
      }
    }),
  )
})

test('law: pieces are seen in the order of the bidirectional algorithm', () => {
  const levels = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 })
  fc.assert(
    fc.property(levels, (some) => {
      const pieces = some.map((level, index) => ({ level, index }))
      const order = inVisualOrder(pieces).map(({ index }) => index)
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        pieces.map(({ index }) => index),
      )
      if (some.every((level) => level === 1)) assert.deepEqual(order, pieces.map(({ index }) => index).reverse())
      if (some.every((level) => level % 2 === 0 && level === some[0]))
        assert.deepEqual(
          order,
          pieces.map(({ index }) => index),
        )
    }),
  )
  assert.deepEqual(
    inVisualOrder([0, 1, 2, 1, 0].map((level, index) => ({ level, index }))).map(({ index }) => index),
    [0, 3, 2, 1, 4],
  )
  assert.equal(levelsOf('only Latin, 12 aside'), null)
})
