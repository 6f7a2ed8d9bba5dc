/** Something that can draw some characters. */
export type Drawer = { canDraw(codePoint: number): boolean }

/** A piece of text in one font; null where no font has its characters. */
export type Run<Font> = { readonly text: string; readonly font: Font | null }

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/**
 * A text cut into runs: each of what people see as one character is in the first font that has all of it. Together the runs
 * are the text, and neighbours have different fonts.
 */
export function runsOf<Font extends Drawer>(text: string, fonts: readonly Font[]): Run<Font>[] {
  const [usual] = fonts
  if (text === '') return []
  if (usual && canDrawAll(usual, text)) return [{ text, font: usual }]
  const runs: { text: string; font: Font | null }[] = []
  for (const { segment } of graphemes.segment(text)) {
    const last = runs.at(-1)
    // The space between two words is in the font of the first: words from right to left turn as one.
    const isSpaceAfter = segment === ' ' && last?.font && canDrawAll(last.font, segment)
    const font = isSpaceAfter ? last.font : (fonts.find((one) => canDrawAll(one, segment)) ?? null)
    if (last && last.font === font) last.text += segment
    else runs.push({ text: segment, font })
  }
  return runs
}

/** What people see as single characters. */
export function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}

/** The code points of a text that have a shape, each once. */
export function codePointsOf(text: string): number[] {
  const found = new Set<number>()
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    if (!isInvisible(codePoint)) found.add(codePoint)
  }
  return [...found]
}

/** The code points of a text that a font lacks, each once. */
export function missingIn(font: Drawer, text: string): number[] {
  return codePointsOf(text).filter((codePoint) => !font.canDraw(codePoint))
}

function canDrawAll(font: Drawer, text: string): boolean {
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    if (!isInvisible(codePoint) && !font.canDraw(codePoint)) return false
  }
  return true
}

// What joins, selects or breaks without a shape of its own needs no font.
const invisible = /\p{Default_Ignorable_Code_Point}/u

function isInvisible(codePoint: number): boolean {
  return codePoint > 0xac && invisible.test(String.fromCodePoint(codePoint))
}

/**
 * A text as it can be set: line ends and tabs in one spelling, without control characters, half characters, soft hyphens, and
 * without the invisible marks that turn the direction of what follows, by which a name could be made to read as another.
 */
export function settable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(/[\u00ad\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?!\n)\p{Cc}/gu, '')
}
