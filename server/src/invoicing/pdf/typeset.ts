import { breaksOf } from '#invoicing/pdf/line-breaks.ts'
import { charactersOf, type Drawer, type Run, runsOf, settable } from '#invoicing/pdf/text-runs.ts'
import { inVisualOrder, type Levels, levelsOf, mirrored } from '#invoicing/pdf/visual-order.ts'

/** A piece of a line in one font, `x` from the line's left end. Its text is as a font is to be given it. */
export type Fragment<Font> = {
  readonly text: string
  readonly font: Font
  readonly x: number
  readonly width: number
  /** It runs from right to left. */
  readonly isTurned: boolean
}
/** From left to right, as it is seen. */
export type Line<Font> = { readonly fragments: readonly Fragment<Font>[]; readonly width: number }

type Setting<Font> = {
  /** A character is set in the first that has it; one that none has as the sign for that, in the first. */
  readonly fonts: readonly [Font, ...Font[]]
  readonly width: number
  readonly measure: (text: string, font: Font, isTurned: boolean) => number
}

/** What stands for a character that no font has. */
const unknownCharacter = '\ufffd'

/**
 * The lines of a text in a width: broken where its language breaks lines, or within a word that is wider than all, each
 * fragment where it is seen.
 */
export function typeset<Font extends Drawer>(text: string, setting: Setting<Font>): Line<Font>[] {
  return settable(text)
    .split('\n')
    .flatMap((paragraph) => setParagraph(paragraph, setting))
}

type Piece<Font> = { text: string; readonly font: Font; readonly level: number }

function setParagraph<Font extends Drawer>(paragraph: string, setting: Setting<Font>): Line<Font>[] {
  const levels = levelsOf(paragraph)
  const runs = runsOf(paragraph, setting.fonts)
  // Space at the end of a line takes no room.
  const setLine = (from: number, to: number) => {
    const end = from + paragraph.slice(from, to).trimEnd().length
    return lineOf(piecesIn(runs, levels, setting.fonts[0], from, end), setting)
  }
  const whole = setLine(0, paragraph.length)
  if (whole.width <= setting.width) return [whole]
  const ends = endsOf(paragraph, setting.width, (from, to) => setLine(from, to).width)
  return ends.map(([from, to]) => setLine(from, to))
}

/** Where each line begins and ends: as many words as fit, at least one; of one that fits on no line as many characters. */
function endsOf(paragraph: string, width: number, widthOf: (from: number, to: number) => number): [number, number][] {
  const lines: [number, number][] = []
  let start = 0
  let end = 0
  for (const { at } of breaksOf(paragraph)) {
    let fits = widthOf(start, at) <= width
    if (!fits && end > start) {
      lines.push([start, end])
      start = end
      fits = widthOf(start, at) <= width
    }
    end = at
    while (!fits) {
      const cut = cutAt(paragraph, start, end, (to) => widthOf(start, to) <= width)
      if (cut >= end) break
      lines.push([start, cut])
      start = cut
      fits = widthOf(start, end) <= width
    }
  }
  lines.push([start, paragraph.length])
  return lines
}

function cutAt(paragraph: string, start: number, end: number, fits: (to: number) => boolean): number {
  let cut = start
  for (const character of charactersOf(paragraph.slice(start, end))) {
    const next = cut + character.length
    if (cut > start && !fits(next)) break
    cut = next
  }
  return cut
}

/** What is between two places of a paragraph, in pieces of one font and one direction, in the order it is read. */
function piecesIn<Font>(
  runs: readonly Run<Font>[],
  levels: Levels,
  usual: Font,
  from: number,
  to: number,
): Piece<Font>[] {
  const pieces: Piece<Font>[] = []
  let at = 0
  for (const run of runs) {
    const part = run.text.slice(Math.max(0, from - at), Math.max(0, to - at))
    const start = Math.max(at, from)
    at += run.text.length
    if (part === '') continue
    if (run.font === null) {
      for (const _character of charactersOf(part)) add(pieces, unknownCharacter, usual, levels?.[start] ?? 0)
    } else if (levels === null) add(pieces, part, run.font, 0)
    else for (const [index, unit] of part.split('').entries()) add(pieces, unit, run.font, levels[start + index] ?? 0)
  }
  return pieces
}

function add<Font>(pieces: Piece<Font>[], text: string, font: Font, level: number): void {
  const last = pieces.at(-1)
  if (last && last.font === font && last.level === level) last.text += text
  else pieces.push({ text, font, level })
}

function lineOf<Font>(pieces: readonly Piece<Font>[], { measure }: Setting<Font>): Line<Font> {
  let x = 0
  const fragments = inVisualOrder(pieces).map(({ text, font, level }) => {
    const isTurned = level % 2 === 1
    const drawn = isTurned ? turned(text) : text
    const fragment = { text: drawn, font, x, width: measure(drawn, font, isTurned), isTurned }
    x += fragment.width
    return fragment
  })
  return { fragments, width: x }
}

const hasDirection = /[\p{Script=Hebrew}\p{Script=Arabic}]/u

/** Text from right to left as a font takes it: letters turn by themselves as they are shaped, signs between them do not. */
function turned(text: string): string {
  const characters = charactersOf(text).map(mirrored)
  return (hasDirection.test(text) ? characters : characters.reverse()).join('')
}
