import LineBreaker from 'linebreak'

/** A place where a line may end, or has to. `at` is the index of what begins the next one. */
export type LineBreak = { readonly at: number; readonly isRequired: boolean }

// Written without spaces; where a word ends is known by dictionary alone.
const withoutSpaces = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu
const words = new Intl.Segmenter('th', { granularity: 'word' })

/** Where the lines of a text may end, in order; the last is its end. By the Unicode Line Breaking Algorithm. */
export function breaksOf(text: string): LineBreak[] {
  const breaks = new Map<number, boolean>()
  const breaker = new LineBreaker(text)
  for (let next = breaker.nextBreak(); next; next = breaker.nextBreak()) {
    breaks.set(next.position, next.required === true && text[next.position - 1] === '\n')
  }
  for (const { 0: run, index } of text.matchAll(withoutSpaces)) {
    for (const { index: offset } of words.segment(run)) {
      if (offset > 0 && !breaks.has(index + offset)) breaks.set(index + offset, false)
    }
  }
  return [...breaks].sort(([a], [b]) => a - b).map(([at, isRequired]) => ({ at, isRequired }))
}
