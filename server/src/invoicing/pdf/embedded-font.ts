import type { Font, Glyph } from 'fontkit'
import { charactersOf } from '#invoicing/pdf/text-runs.ts'

/** What a document knows of a font that it embeds, as far as it is used here. The package's types do not say. */
type EmbeddedFont = {
  readonly font: Font
  readonly scale: number
  readonly subset: { readonly glyphs: number[] }
  /** By the number of a glyph in the document. */
  readonly unicode: (readonly number[] | undefined)[]
  readonly widths: (number | undefined)[]
  /** What was shaped already, by its text. */
  layoutCache: Record<string, unknown>
  layout(
    text: string,
    features?: readonly string[],
  ): { readonly glyphs: readonly Glyph[]; readonly positions: readonly unknown[] }
  encode(text: string, features?: readonly string[]): [numbers: string[], positions: readonly unknown[]]
}

// Words come again in every document; shaping them is half of the work of one.
const layouts = new WeakMap<Font, Record<string, unknown>>()
const mostLayouts = 5000

function layoutsOf(font: Font): Record<string, unknown> {
  const known = layouts.get(font)
  if (known && Object.keys(known).length < mostLayouts) return known
  const empty = Object.create(null)
  layouts.set(font, empty)
  return empty
}

const seen = new WeakSet<EmbeddedFont>()

/**
 * Makes the font that a document draws with now remember what it shaped for others, and tell the characters of each glyph as it is used. By itself a font tells those a
 * glyph was first drawn for, but letters share glyphs: those of several Arabic ones differ by their dots alone.
 */
export function prepareFont(document: PDFKit.PDFDocument): void {
  const font = (document as unknown as { readonly _font: EmbeddedFont })._font
  if (seen.has(font)) return
  seen.add(font)
  font.layoutCache = layoutsOf(font.font)
  const numbers = new Map<string, number>()
  const numberOf = (glyph: Glyph, codePoints: readonly number[]): number => {
    const key = `${glyph.id} ${codePoints.join(' ')}`
    const known = numbers.get(key)
    if (known !== undefined) return known
    const number = font.subset.glyphs.push(glyph.id) - 1
    numbers.set(key, number)
    font.widths[number] = glyph.advanceWidth * font.scale
    font.unicode[number] = codePoints
    return number
  }
  font.encode = (text, features) => {
    const { glyphs, positions } = font.layout(text, features)
    const told = toldBy(font, text, glyphs)
    const encoded = glyphs.map((glyph, index) => {
      const codePoints = told[index] ?? glyph.codePoints
      return numberOf(glyph, codePoints.length === 0 ? nothingIn(text) : codePoints)
    })
    return [encoded.map((number) => number.toString(16).padStart(4, '0')), positions]
  }
}

const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}]/u

/**
 * For a part of a letter that another glyph tells, such as its dots: a mark without shape, in the direction of the text. Readers make
 * up a character for a glyph that tells none; these marks they leave out.
 */
function nothingIn(text: string): readonly number[] {
  return rightToLeft.test(text) ? [0x200f] : [0x2060]
}

const vowelsBefore = /\p{Script=Devanagari}/u

/** The characters of each glyph where they stand in another order than they are read: all of a syllable with its first glyph. */
function toldBy(font: EmbeddedFont, text: string, glyphs: readonly Glyph[]): readonly (readonly number[])[] {
  if (!vowelsBefore.test(text)) return []
  const told = charactersOf(text).flatMap((syllable) => {
    const codePoints = Array.from(syllable, (character) => character.codePointAt(0) ?? 0)
    return font.layout(syllable).glyphs.map((_glyph, index) => (index === 0 ? codePoints : []))
  })
  // A syllable that looks otherwise among its neighbours cannot be told so.
  return told.length === glyphs.length ? told : []
}

/** Makes a font give a glyph with the characters it is asked for, not with those it was asked for first. */
export function rememberCharacters(font: Font): void {
  const original = font.getGlyph.bind(font)
  font.getGlyph = (id, codePoints = []) => {
    const glyph = original(id, codePoints)
    const isSame =
      glyph.codePoints.length === codePoints.length && glyph.codePoints.every((one, at) => one === codePoints[at])
    if (isSame) return glyph
    return Object.create(glyph, { codePoints: { value: codePoints } })
  }
}
