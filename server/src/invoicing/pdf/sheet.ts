import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { create } from 'fontkit'
import PDFDocument from 'pdfkit'

// Noto Sans: Latin, Greek, Cyrillic, Vietnamese, Devanagari and the signs of currencies.
const fontFile = (path: string) =>
  create(readFileSync(fileURLToPath(import.meta.resolve(`@expo-google-fonts/noto-sans/${path}.ttf`))))

// Parsed once, which is most of the work of a document; each one embeds only the characters it uses.
const fonts = {
  regular: fontFile('400Regular/NotoSans_400Regular'),
  medium: fontFile('500Medium/NotoSans_500Medium'),
  bold: fontFile('600SemiBold/NotoSans_600SemiBold'),
}
export type FontName = keyof typeof fonts

export const ink = '#16201d'
export const soft = '#5b6b66'
export const hairline = '#dfe5e2'
export const accent = '#0b6358'
export const warning = '#8a5a00'

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

/** A place for text: points from the upper left corner. */
export type Spot = { readonly x: number; readonly y: number; readonly width: number }

/** A document of pages and what can be put on them. Everything is placed; nothing flows by itself. */
export class Sheet {
  readonly doc: PDFKit.PDFDocument
  readonly left = 56
  readonly top = 56
  readonly #chunks: Buffer[] = []
  readonly #done: Promise<Buffer>

  /** `info` is written into the file; its dates are those of the document, so that the same facts give the same bytes. */
  constructor(options: {
    paper: 'A4' | 'LETTER'
    language: string
    title: string
    author: string
    createdAt: Temporal.Instant
  }) {
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
    for (const [name, font] of Object.entries(fonts)) this.doc.registerFont(name, font as unknown as Uint8Array)
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
    this.#use(style)
    this.doc.text(text, x, y, this.#options(width, style))
    return y + this.heightOf(text, width, style)
  }

  heightOf(text: string, width: number, style: TextStyle = {}): number {
    if (text === '') return 0
    this.#use(style)
    return this.doc.heightOfString(text, this.#options(width, style))
  }

  rule(y: number, color = hairline, width = 0.6, from = this.left, to = this.right): void {
    this.doc.moveTo(from, y).lineTo(to, y).lineWidth(width).strokeColor(color).stroke()
  }

  /** Large and faint across the page, behind what follows. */
  mark(text: string): void {
    const { width, height } = this.doc.page
    this.doc.save()
    this.doc.rotate(-35, { origin: [width / 2, height / 2] }).fillOpacity(0.045)
    this.#use({ font: 'bold', size: 120, color: ink })
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

  #use({ font = 'regular', size = 9.5, color = ink }: TextStyle): void {
    this.doc.font(font).fontSize(size).fillColor(color)
  }

  #options(width: number, { align = 'left', spacing = 0, lineGap = 0, link }: TextStyle): PDFKit.Mixins.TextOptions {
    return {
      width,
      align,
      lineGap,
      ...(spacing === 0 ? {} : { characterSpacing: spacing }),
      ...(link === undefined ? {} : { link, underline: true }),
    }
  }
}
