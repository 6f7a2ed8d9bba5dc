import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { create, type Font } from 'fontkit'
import { rememberCharacters } from '#invoicing/pdf/embedded-font.ts'
import {
  type FontFamily,
  familiesFor,
  packageOf,
  type SliceRange,
  sliceRanges,
  slicesOf,
} from '#invoicing/pdf/font-families.ts'
import { allowMissingAnchors } from '#invoicing/pdf/mark-anchors.ts'
import { remembered } from '#invoicing/pdf/remembered.ts'
import { charactersOf, codePointsOf, type Drawer, missingIn, settable } from '#invoicing/pdf/text-runs.ts'

export type FontName = 'regular' | 'medium' | 'bold'

/** A font by the name a document knows it by. */
export type Face = Drawer & { readonly name: string; readonly font: Font }

/** For each weight the fonts a document draws with; each character is drawn by the first that has it. */
export type Faces = Readonly<Record<FontName, readonly Face[]>>

// Parsed once, which is most of the work of a document; each one embeds only the characters it uses.
const latin: Readonly<Record<FontName, Face>> = {
  regular: latinFace('regular', '400Regular/NotoSans_400Regular'),
  medium: latinFace('medium', '500Medium/NotoSans_500Medium'),
  bold: latinFace('bold', '600SemiBold/NotoSans_600SemiBold'),
}

/**
 * What draws a text: Noto Sans (Latin, Greek, Cyrillic, Vietnamese, Devanagari, the signs of currencies) and, where that is not
 * enough, slices of other families, read when the first document needs them.
 */
export async function facesFor(text: string, countries: readonly (string | null)[]): Promise<Faces> {
  const characters = settable(text).replaceAll('\n', ' ')
  if (missingIn(latin.regular, characters).length === 0)
    return { regular: [latin.regular], medium: [latin.medium], bold: [latin.bold] }
  const families = familiesFor(text, countries)
  const load = loaderOfDocument()
  const missing = charactersOf(characters).filter((one) => missingIn(latin.regular, one).length > 0)
  const slices = await slicesFor(new Set(missing), families, load)
  const weighing = (weight: number) => Promise.all(slices.map((slice) => load(slice, weight)))
  const [regular, medium] = [await weighing(400), await weighing(500)]
  // Bold is for titles and sums, which are of Noto Sans.
  return {
    regular: [latin.regular, ...regular],
    medium: [latin.medium, ...medium],
    bold: [latin.bold, ...medium],
  }
}

type Slice = { readonly family: FontFamily; readonly slice: string }

/** The slices that have some of what people see as characters, in the order of their families. What none has is left out. */
async function slicesFor(
  characters: ReadonlySet<string>,
  families: readonly FontFamily[],
  load: LoadFace,
): Promise<Slice[]> {
  const wanted = new Map<string, Slice>()
  for (const character of characters) {
    const found = await sliceFor(codePointsOf(character), families, load)
    if (found) wanted.set(`${found.family} ${found.slice}`, found)
  }
  return [...wanted.values()].sort((a, b) => families.indexOf(a.family) - families.indexOf(b.family))
}

async function sliceFor(
  codePoints: readonly number[],
  families: readonly FontFamily[],
  load: LoadFace,
): Promise<Slice | undefined> {
  for (const family of families) {
    for (const slice of slicesOf(await rangesOf(family), codePoints)) {
      const { canDraw } = await load({ family, slice }, 400)
      // A range may name more than the font has.
      if (codePoints.every(canDraw)) return { family, slice }
    }
  }
  return undefined
}

const rangesByFamily = new Map<FontFamily, Promise<readonly SliceRange[]>>()

function rangesOf(family: FontFamily): Promise<readonly SliceRange[]> {
  return remembered(rangesByFamily, family, async () =>
    sliceRanges(JSON.parse(await readFile(fileOf(family, 'unicode.json'), 'utf8'))),
  )
}

type LoadFace = (slice: Slice, weight: number) => Promise<Face>

/**
 * Parses each slice once, however many of its characters a document has, and anew for each document: a font remembers by which
 * characters its glyphs were asked for first.
 */
function loaderOfDocument(): LoadFace {
  const parsed = new Map<string, Promise<Face>>()
  return ({ family, slice }, weight) => {
    const name = `${family}-${slice}-${weight}`
    return remembered(parsed, name, async () =>
      faceOf(name, create(await unpackedSlice(name, family, slice, weight)) as Font),
    )
  }
}

/** Slices as they were unpacked last, by package and weight: some 50 kB each. */
const unpacked = new Map<string, Promise<Buffer>>()
const mostUnpacked = 300

function unpackedSlice(name: string, family: FontFamily, slice: string, weight: number): Promise<Buffer> {
  const file = remembered(unpacked, name, () => unpack(family, slice, weight))
  // Whatever was used last is forgotten last.
  unpacked.delete(name)
  unpacked.set(name, file)
  for (const [oldest] of unpacked) {
    if (unpacked.size <= mostUnpacked) break
    unpacked.delete(oldest)
  }
  return file
}

/** A slice as a plain TrueType font of one weight: what is in the package is compressed, and of all weights at once. */
async function unpack(family: FontFamily, slice: string, weight: number): Promise<Buffer> {
  const packed = await readFile(fileOf(family, `files/${packageOf(family)}-${slice}-wght-normal.woff2`))
  // Loaded with the first slice that is needed: most servers never need one.
  const { default: subsetFont } = await import('subset-font')
  return subsetFont(packed, '', { keepAllGlyphs: true, targetFormat: 'truetype', variationAxes: { wght: weight } })
}

function fileOf(family: FontFamily, path: string): string {
  return fileURLToPath(import.meta.resolve(`@fontsource-variable/${packageOf(family)}/${path}`))
}

function latinFace(name: FontName, path: string): Face {
  const file = fileURLToPath(import.meta.resolve(`@expo-google-fonts/noto-sans/${path}.ttf`))
  return faceOf(name, create(readFileSync(file)) as Font)
}

function faceOf(name: string, font: Font): Face {
  const characters = new Set(font.characterSet)
  rememberCharacters(font)
  allowMissingAnchors(font)
  return { name, font, canDraw: (codePoint) => characters.has(codePoint) }
}
