import assert from 'node:assert/strict'
import PDFDocument from 'pdfkit'
import { prepareFont } from '#invoicing/pdf/embedded-font.ts'
import type { Face, Faces, FontName } from '#invoicing/pdf/fonts.ts'
import { type Line, typeset } from '#invoicing/pdf/typeset.ts'

export const ink = '#16201d'
export const soft = '#5b6b66'
export const hairline = '#dfe5e2'
export const accent = '#0b6358'
export const warning = '#8a5a00'

const usualSize = 9.5

export type TextStyle = {
  readonly font?: FontName
  readonly size?: number
  readonly color?: string
  readonly align?: 'left' | 'right'
  /** Letters apart, in points. */
  readonly spacing?: number
  readonly lineGap?: number
  readonly link?: string
}

// With a list of features, be it empty, text is shaped as a whole and not word by word: words from right to left turn with it.
const featuresFor = (isTurned: boolean) => (isTurned ? { features: [] } : {})

/** A place for text: points from the upper left corner. */
export type Spot = { readonly x: number; readonly y: number; readonly width: number }

/** A document of pages and what can be put on them. Everything is placed; nothing flows by itself. */
export class Sheet {
  readonly doc: PDFKit.PDFDocument
  readonly left = 56
  readonly top = 56
  readonly #faces: Faces
  /** Texts that were set already: each is measured before it is drawn. */
  readonly #set = new Map<string, readonly Line<Face>[]>()
  readonly #chunks: Buffer[] = []
  readonly #done: Promise<Buffer>

  /** `info` is written into the file; its dates are those of the document, so that the same facts give the same bytes. */
  constructor(options: {
    faces: Faces
    paper: 'A4' | 'LETTER'
    language: string
    title: string
    author: string
    createdAt: Temporal.Instant
  }) {
    this.#faces = options.faces
    const at = new Date(options.createdAt.epochMilliseconds)
    this.doc = new PDFDocument({
      size: options.paper,
      margin: 0,
      bufferPages: true,
      pdfVersion: '1.7',
      lang: options.language,
      displayTitle: true,
      info: {
        Title: options.title,
        Author: options.author,
        Creator: 'Halley',
        Producer: 'Halley',
        CreationDate: at,
        ModDate: at,
      },
    })
    this.#done = new Promise((resolve, reject) => {
      this.doc.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
      this.doc.on('end', () => resolve(Buffer.concat(this.#chunks)))
      this.doc.on('error', reject)
    })
    // Parsed fonts are taken as they are, which the types do not know.
    for (const { name, font } of Object.values(options.faces).flat()) {
      this.doc.registerFont(name, font as unknown as Uint8Array)
    }
  }

  get right(): number {
    return this.doc.page.width - this.left
  }

  get width(): number {
    return this.right - this.left
  }

  /** Where what belongs to the page's content ends, and its foot begins. */
  get bottom(): number {
    return this.doc.page.height - 84
  }

  /** Writes text, wrapped to its width. Gives the y below it. */
  text(text: string, { x, y, width }: Spot, style: TextStyle = {}): number {
    if (text === '') return y
    const { align = 'left', spacing = 0, link } = style
    const height = this.#lineHeight(style)
    // Letters of all fonts stand on the line of the usual one.
    const baseline = this.#baseline(style)
    const lines = this.#linesOf(text, width, style)
    lines.forEach((line, index) => {
      const left = align === 'right' ? x + width - line.width : x
      for (const fragment of line.fragments) {
        this.#use(fragment.font.name, style)
        this.doc.text(fragment.text, left + fragment.x, y + index * height, {
          lineBreak: false,
          baseline: -baseline,
          ...featuresFor(fragment.isTurned),
          ...(spacing === 0 ? {} : { characterSpacing: spacing }),
          ...(link === undefined ? {} : { link, underline: true }),
        })
      }
    })
    return y + lines.length * height
  }

  heightOf(text: string, width: number, style: TextStyle = {}): number {
    return text === '' ? 0 : this.#linesOf(text, width, style).length * this.#lineHeight(style)
  }

  rule(y: number, color = hairline, width = 0.6, from = this.left, to = this.right): void {
    this.doc.moveTo(from, y).lineTo(to, y).lineWidth(width).strokeColor(color).stroke()
  }

  /** Large and faint across the page, behind what follows. */
  mark(text: string): void {
    const { width, height } = this.doc.page
    this.doc.save()
    this.doc.rotate(-35, { origin: [width / 2, height / 2] }).fillOpacity(0.045)
    this.#use('bold', { size: 120, color: ink })
    this.doc.text(text.toUpperCase(), 0, height / 2 - 80, { width, align: 'center', lineBreak: false })
    this.doc.restore()
  }

  /** Something on every page, once all are there. */
  onEachPage(draw: (page: number, pages: number) => void): void {
    const { start, count } = this.doc.bufferedPageRange()
    for (let page = 0; page < count; page++) {
      this.doc.switchToPage(start + page)
      draw(page + 1, count)
    }
  }

  end(): Promise<Buffer> {
    this.doc.end()
    return this.#done
  }

  #linesOf(text: string, width: number, style: TextStyle): readonly Line<Face>[] {
    const { font = 'regular', size = usualSize, spacing = 0 } = style
    const key = [font, size, spacing, width, text].join(' ')
    const known = this.#set.get(key)
    if (known) return known
    const [usual, ...others] = this.#faces[font]
    assert(usual, `there is a font for ${font}`)
    const measure = (part: string, face: Face, isTurned: boolean) => {
      this.#select(face.name, size)
      return this.doc.widthOfString(part, { characterSpacing: spacing, ...featuresFor(isTurned) })
    }
    const lines = typeset(text, { fonts: [usual, ...others], width, measure })
    this.#set.set(key, lines)
    return lines
  }

  #lineHeight({ font = 'regular', size = usualSize, lineGap = 0 }: TextStyle): number {
    this.#select(font, size)
    return this.doc.currentLineHeight(true) + lineGap
  }

  /** From the top of a line down to where its letters stand. */
  #baseline({ font = 'regular', size = usualSize }: TextStyle): number {
    const { ascent = 0, unitsPerEm = 1000 } = this.#faces[font][0]?.font ?? {}
    return (ascent / unitsPerEm) * size
  }

  #use(font: string, { size = usualSize, color = ink }: TextStyle): void {
    this.#select(font, size)
    this.doc.fillColor(color)
  }

  #select(font: string, size: number): void {
    this.doc.font(font).fontSize(size)
    prepareFont(this.doc)
  }
}
