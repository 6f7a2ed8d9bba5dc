import { charactersOf } from '#invoicing/pdf/text-runs.ts'

// Letters of these stand in another order than they are read, or look otherwise beside others.
const scripts =
  /[\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}]/u

/** Whether a text is drawn syllable by syllable: its glyphs are not one after the other those of its characters. */
export function isInSyllables(text: string): boolean {
  return scripts.test(text)
}

// What joins a consonant to the one that follows it, and what may stand behind that to say how.
const joinsNext = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u17d2][\u200c\u200d]?$/u

/** The syllables of a word: what people see as characters, joined ones together. */
export function syllablesOf(word: string): string[] {
  const syllables: string[] = []
  for (const character of charactersOf(word)) {
    const last = syllables.length - 1
    if (joinsNext.test(syllables[last] ?? '')) syllables[last] += character
    else syllables.push(character)
  }
  return syllables
}

const mark = /[\p{Mn}\p{Cf}\s]/u

/** The code points of a syllable, in pieces that each begin with a character that is no mark. */
export function chunksOf(syllable: string): number[][] {
  const chunks: number[][] = []
  for (const character of syllable) {
    const codePoint = character.codePointAt(0) ?? 0
    const last = chunks.at(-1)
    if (last && mark.test(character)) last.push(codePoint)
    else chunks.push([codePoint])
  }
  return chunks
}

/** A part of a text and how many glyphs it is drawn with. */
export type Part = { readonly text: string; readonly count: number }

/**
 * A text cut where its glyphs can be: into syllables, but a word whole where its syllables look otherwise among their neighbours, and
 * the text whole where its words do. `countOf` says with how many glyphs something is drawn by itself.
 */
export function partsOf(text: string, countOf: (part: string) => number): Part[] {
  const whole = { text, count: countOf(text) }
  const parts = (text.match(/ |[^ ]+/g) ?? []).flatMap((word) => {
    const syllables = syllablesOf(word).map((syllable) => ({ text: syllable, count: countOf(syllable) }))
    const count = countOf(word)
    return countIn(syllables) === count ? syllables : [{ text: word, count }]
  })
  return countIn(parts) === whole.count ? parts : [whole]
}

function countIn(parts: readonly Part[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0)
}
