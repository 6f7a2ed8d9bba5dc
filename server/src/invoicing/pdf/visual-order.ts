import bidiFactory from 'bidi-js'

const bidi = bidiFactory()

const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

/** How deep each code unit of a paragraph is in text of the other direction: odd ones run from right to left. Null: none does. */
export type Levels = Uint8Array | null

/** The levels of a paragraph by the Unicode Bidirectional Algorithm; it begins at the side of its first letter. */
export function levelsOf(paragraph: string): Levels {
  return rightToLeft.test(paragraph) ? bidi.getEmbeddingLevels(paragraph, 'auto').levels : null
}

/** Pieces of a line, each on one level, from left to right as they are seen (rule L2). */
export function inVisualOrder<Piece extends { readonly level: number }>(pieces: readonly Piece[]): Piece[] {
  const seen = [...pieces]
  const highest = Math.max(0, ...pieces.map(({ level }) => level))
  for (let level = highest; level > 0; level--) {
    for (let from = 0; from < seen.length; from++) {
      let to = from
      while ((seen[to]?.level ?? -1) >= level) to++
      if (to > from) seen.splice(from, to - from, ...seen.slice(from, to).reverse())
      from = Math.max(from, to - 1)
    }
  }
  return seen
}

/** The character that is drawn for one in text from right to left: a bracket opens to the other side. */
export function mirrored(character: string): string {
  return bidi.getMirroredCharacter(character) ?? character
}
