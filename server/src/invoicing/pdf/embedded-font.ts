import type { Font, Glyph } from 'fontkit'
import { chunksOf, isInSyllables, partsOf } from '#invoicing/pdf/syllables.ts'

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
  ): { readonly glyphs: readonly Glyph[]; readonly positions: readonly Position[] }
  encode(text: string, features?: readonly string[]): [numbers: string[], positions: readonly Position[]]
}

/** Where a glyph is drawn, and how far it is to the next one; in thousandths. `advanceWidth` is the glyph's own width. */
type Position = {
  readonly xAdvance: number
  readonly yAdvance: number
  readonly xOffset: number
  readonly yOffset: number
  readonly advanceWidth: number
}

/** Too little to be seen in the file, and enough for what follows to be placed anew. */
const leastOffset = 1e-6

const standing: Position = { xAdvance: 0, yAdvance: 0, xOffset: 0, yOffset: 0, advanceWidth: 0 }

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

/** A glyph as it is drawn: its number in the document and where the next one begins. */
type Placed = { readonly number: number; readonly position: Position }

/**
 * Makes the font that a document draws with now remember what it shaped for others, and tell the characters of each glyph as it is used. By itself a font tells those a
 * glyph was first drawn for, but letters share glyphs: those of several Arabic ones differ by their dots alone.
 */
export function prepareFont(document: PDFKit.PDFDocument): void {
  const font = (document as unknown as { readonly _font: EmbeddedFont })._font
  if (seen.has(font)) return
  seen.add(font)
  font.layoutCache = layoutsOf(font.font)
  const numberOf = numbersIn(font)
  font.encode = (text, features) => {
    const { glyphs, positions } = font.layout(text, features)
    const drawn = glyphs.map((glyph, index) => ({ glyph, position: positions[index] ?? standing }))
    const blank = isInSyllables(text) ? blankIn(font.font) : null
    const placed = blank
      ? placeSyllables(font, text, drawn, { blank, numberOf })
      : drawn.map(({ glyph, position }) => ({ number: numberOf(glyph, told(glyph, text)), position }))
    const numbers = placed.map(({ number }) => number.toString(16).padStart(4, '0'))
    return [numbers, placed.map(({ position }) => position)]
  }
}

type NumberOf = (glyph: Glyph, codePoints: readonly number[], width?: number) => number

/** Gives a glyph a number of its own for each text that it tells and each width. */
function numbersIn(font: EmbeddedFont): NumberOf {
  const numbers = new Map<string, number>()
  return (glyph, codePoints, width = glyph.advanceWidth * font.scale) => {
    const key = `${glyph.id} ${width} ${codePoints.join(' ')}`
    const known = numbers.get(key)
    if (known !== undefined) return known
    const number = font.subset.glyphs.push(glyph.id) - 1
    numbers.set(key, number)
    font.widths[number] = width
    font.unicode[number] = codePoints
    return number
  }
}

function told({ codePoints }: Glyph, text: string): readonly number[] {
  return codePoints.length === 0 ? nothingIn(text) : codePoints
}

type Drawn = { readonly glyph: Glyph; readonly position: Position }
type Tellers = { readonly blank: Glyph; readonly numberOf: NumberOf }

/**
 * Draws a text whose glyphs are not one after the other those of its characters, so that it is told in the order in which it is read:
 * syllable by syllable, each character by one of its syllable's glyphs.
 */
function placeSyllables(font: EmbeddedFont, text: string, drawn: readonly Drawn[], tellers: Tellers): Placed[] {
  let at = 0
  return partsOf(text, (part) => font.layout(part).glyphs.length).flatMap(({ text: part, count }) => {
    const own = drawn.slice(at, at + count)
    at += count
    return placeSyllable(part, own, tellers)
  })
}

/**
 * Readers take a glyph that tells a mark for as wide as nothing, and do not count at all one that tells nothing; where their count is
 * wrong they put a space. So a glyph that leads on tells one character that is no mark, and what has no shape and no width tells
 * the marks, and the characters for which there are no glyphs. Where more glyphs lead on than there are characters to tell, the last
 * that tells one is as wide as all of these, and the way back to where they are drawn is of something that is not counted.
 */
function placeSyllable(part: string, own: readonly Drawn[], { blank, numberOf }: Tellers): Placed[] {
  const nothing = nothingIn(part)
  const untold = [...chunksOf(part)]
  const leading = own.filter(({ position }) => position.xAdvance > 0)
  const rest = leading.slice(untold.length).reduce((sum, { position }) => sum + position.xAdvance, 0)
  const still = (codePoints: readonly number[], position = standing) =>
    codePoints.length > 0 ? [{ number: numberOf(blank, codePoints, 0), position }] : []
  let led = 0
  const placed = own.flatMap(({ glyph, position }) => {
    if (position.xAdvance > 0) led += 1
    const chunk = position.xAdvance > 0 || leading.length === 0 ? untold.shift() : undefined
    if (!chunk) return [{ number: numberOf(glyph, nothing), position }]
    // Of the last one that leads on it is to tell what is left.
    const others = led === leading.length ? untold.splice(0).flat() : []
    const [carrier = 0, ...marks] = chunk
    const wider = untold.length === 0 ? rest : 0
    const { xAdvance, advanceWidth } = position
    const wide = { ...position, xAdvance: xAdvance + wider, advanceWidth: advanceWidth + wider }
    return [
      { number: numberOf(glyph, [carrier], advanceWidth + wider), position: wide },
      ...still([...marks, ...others]),
      ...(wider > 0 ? still(nothing, { ...standing, xAdvance: -wider }) : []),
    ]
  })
  // Where a mark was put aside meanwhile, what follows is told its place anew.
  const isAside = rest > 0 && own.some(({ position: { xOffset, yOffset } }) => xOffset !== 0 || yOffset !== 0)
  return isAside ? [...placed, ...still(nothing, { ...standing, xOffset: leastOffset })] : placed
}

const blanks = new WeakMap<Font, Glyph | null>()

/** A glyph of a font without a shape: of a space, or of what joins or parts letters. */
function blankIn(font: Font): Glyph | null {
  const known = blanks.get(font)
  if (known !== undefined) return known
  const blank =
    [0x20, 0x200c, 0x200d]
      .filter((codePoint) => font.hasGlyphForCodePoint(codePoint))
      .map((codePoint) => font.glyphForCodePoint(codePoint))
      .find((glyph) => glyph.path.commands.length === 0) ?? null
  blanks.set(font, blank)
  return blank
}

const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}]/u

/**
 * For a part of a letter that another glyph tells, such as its dots: a mark without shape, in the direction of the text. Readers make
 * up a character for a glyph that tells none; these marks they leave out.
 */
function nothingIn(text: string): readonly number[] {
  return rightToLeft.test(text) ? [0x200f] : [0x2060]
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
