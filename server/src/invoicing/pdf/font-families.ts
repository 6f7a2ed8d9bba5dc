/** Fonts beside Noto Sans, each a package `@fontsource-variable/noto-sans-…` that is cut into slices of characters. */
const ofOneScript = ['thai', 'arabic', 'hebrew', 'armenian', 'georgian'] as const
const eastAsian = ['sc', 'tc', 'jp', 'kr'] as const

export type FontFamily = (typeof ofOneScript)[number] | (typeof eastAsian)[number]

const hanOf: Readonly<Record<string, FontFamily>> = {
  CN: 'sc',
  SG: 'sc',
  TW: 'tc',
  HK: 'tc',
  MO: 'tc',
  JP: 'jp',
  KR: 'kr',
}

/**
 * The families in the order in which they are asked for a character. Han characters are one in Unicode but written differently from
 * place to place: the countries decide, the first before the others, then the scripts that the text has beside them.
 */
export function familiesFor(text: string, countries: readonly (string | null)[]): FontFamily[] {
  const wanted: (FontFamily | undefined)[] = [
    ...countries.map((country) => hanOf[country ?? '']),
    /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? 'jp' : undefined,
    /\p{Script=Hangul}/u.test(text) ? 'kr' : undefined,
    /\p{Script=Bopomofo}/u.test(text) ? 'tc' : undefined,
    ...eastAsian,
  ]
  return [...ofOneScript, ...new Set(wanted.filter((family) => family !== undefined))]
}

/** Characters `from` to `to` are in a slice, as the package says. */
export type SliceRange = { readonly from: number; readonly to: number; readonly slice: string }

/** The ranges of a package's `unicode.json`, in order: `{"[4]": "U+1f21a,U+1f234-1f237", "thai": "U+02D7,…"}`. */
export function sliceRanges(unicode: Readonly<Record<string, string>>): SliceRange[] {
  return Object.entries(unicode)
    .flatMap(([name, ranges]) =>
      ranges.split(',').map((range) => {
        const [from = '', to = from] = range.replace('U+', '').split('-')
        return { from: Number.parseInt(from, 16), to: Number.parseInt(to, 16), slice: name.replaceAll(/[[\]]/g, '') }
      }),
    )
    .sort((a, b) => a.from - b.from)
}

/** The slice that a character is in; undefined when it is in none. */
export function sliceOf(ranges: readonly SliceRange[], codePoint: number): string | undefined {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.from ?? 0) <= codePoint) low = middle + 1
    else high = middle
  }
  const range = ranges[low - 1]
  return range && codePoint <= range.to ? range.slice : undefined
}
