/** Fonts beside Noto Sans, each a package that is cut into slices of characters. */
const ofOneScript = [
  'thai',
  'arabic',
  'hebrew',
  'armenian',
  'georgian',
  'bengali',
  'gurmukhi',
  'gujarati',
  'oriya',
  'tamil',
  'telugu',
  'kannada',
  'malayalam',
  'sinhala',
  'khmer',
  'lao',
  'ethiopic',
] as const
const eastAsian = ['sc', 'tc', 'jp', 'kr'] as const

export type FontFamily = (typeof ofOneScript)[number] | (typeof eastAsian)[number] | 'emoji'

/** The package of a family, without its scope; its files begin with this name too. */
export function packageOf(family: FontFamily): string {
  return family === 'emoji' ? 'noto-emoji' : `noto-sans-${family}`
}

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
 * place to place: the countries decide, the first before the others, then the scripts that the text has beside them. Emoji come
 * last: a sign that others have too is theirs.
 */
export function familiesFor(text: string, countries: readonly (string | null)[]): FontFamily[] {
  const wanted: (FontFamily | undefined)[] = [
    ...countries.map((country) => hanOf[country ?? '']),
    /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? 'jp' : undefined,
    /\p{Script=Hangul}/u.test(text) ? 'kr' : undefined,
    /\p{Script=Bopomofo}/u.test(text) ? 'tc' : undefined,
    ...eastAsian,
  ]
  return [...ofOneScript, ...new Set(wanted.filter((family) => family !== undefined)), 'emoji']
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

/**
 * The slices that have all of some code points, those that begin with a lower one first. Most characters are in one slice alone; what
 * emoji are put together from is in several.
 */
export function slicesOf(ranges: readonly SliceRange[], codePoints: readonly number[]): string[] {
  const [first = [], ...others] = codePoints.map((codePoint) =>
    ranges.filter(({ from, to }) => from <= codePoint && codePoint <= to).map(({ slice }) => slice),
  )
  return [...new Set(first)].filter((slice) => others.every((slices) => slices.includes(slice)))
}
