import { createHash } from 'node:crypto'
import type { InvoiceDocument } from '#invoicing/document.ts'
import { drawLines } from '#invoicing/pdf/draw-lines.ts'
import { facesFor } from '#invoicing/pdf/fonts.ts'
import { accent, hairline, ink, Sheet, soft, warning } from '#invoicing/pdf/sheet.ts'

/** The PDF of an invoice. The same document gives the same bytes. */
export async function renderInvoice(document: InvoiceDocument): Promise<Buffer> {
  const sheet = new Sheet({
    faces: await facesFor(textIn(document), document.countries),
    paper: document.paper,
    language: document.reader.language,
    title: `${document.title} ${document.number}`,
    author: document.sellerName,
    createdAt: document.issuedAt,
  })
  if (document.mark) sheet.mark(document.mark)
  let y = drawHead(sheet, document)
  y = drawParties(sheet, document, y + 30)
  y = drawHeadline(sheet, document, y + 30)
  y = drawLines(sheet, document, y + 26)
  y = drawTotals(sheet, document, y + 14)
  drawNotes(sheet, document, y + 26)
  sheet.onEachPage((page, pages) => drawFoot(sheet, document, page, pages))
  return sheet.end()
}

/** By what a file is known, in lower case hexadecimal. */
export function sha256Of(file: Buffer): string {
  return createHash('sha256').update(file).digest('hex')
}

/** All text that a part of a document has. */
function textIn(part: unknown): string {
  if (typeof part === 'string') return part
  return typeof part === 'object' && part !== null ? Object.values(part).map(textIn).join('\n') : ''
}

function drawHead(sheet: Sheet, { title, sellerName, sandboxText, mark }: InvoiceDocument): number {
  const half = sheet.width / 2
  sheet.doc.rect(sheet.left, 40, 28, 3).fill(accent)
  const left = { x: sheet.left, y: sheet.top, width: half }
  const below = sheet.text(title, left, { font: 'bold', size: 21 })
  const right = { x: sheet.left + half, y: sheet.top + 7, width: half }
  sheet.text(sellerName, right, { font: 'medium', size: 11, align: 'right' })
  if (!sandboxText || !mark) return below
  return sheet.text(sandboxText, { x: sheet.left, y: below + 4, width: sheet.width }, { size: 8.5, color: warning })
}

function drawParties(sheet: Sheet, { details, seller, buyer }: InvoiceDocument, y: number): number {
  const gap = 22
  const column = (sheet.width - 2 * gap) / 3
  const at = (index: number) => sheet.left + index * (column + gap)
  const blocks = [seller, buyer].map(({ label, name, lines }, index) => {
    let below = sheet.text(label, { x: at(index + 1), y, width: column }, labelStyle) + 3
    below = sheet.text(name, { x: at(index + 1), y: below, width: column }, { font: 'medium' }) + 1
    for (const line of lines) {
      below = sheet.text(line, { x: at(index + 1), y: below, width: column }, { size: 9, color: soft }) + 1
    }
    return below
  })
  let below = y
  for (const [label, value] of details) {
    below = sheet.text(label, { x: at(0), y: below, width: column }, labelStyle) + 1
    below = sheet.text(value, { x: at(0), y: below, width: column }, { size: 9.5 }) + 6
  }
  return Math.max(below - 6, ...blocks)
}

const labelStyle = { size: 7.5, color: soft, font: 'medium', spacing: 0.2 } as const

function drawHeadline(sheet: Sheet, { headline, explanation }: InvoiceDocument, y: number): number {
  const spot = { x: sheet.left, width: sheet.width }
  const below = sheet.text(headline, { ...spot, y }, { font: 'bold', size: 16 })
  return sheet.text(explanation, { ...spot, y: below + 2 }, { size: 9.5, color: soft })
}

function drawTotals(sheet: Sheet, { totals }: InvoiceDocument, y: number): number {
  const left = sheet.left + sheet.width * 0.42
  const amountWidth = 120
  const height = 18
  // The totals stay together.
  let at = roomFor(sheet, y, totals.length * height + 24)
  for (const { label, amount, isTotal } of totals) {
    if (isTotal) {
      sheet.rule(at + 2, ink, 0.8, left, sheet.right)
      at += 9
    }
    const style = isTotal ? ({ font: 'bold', size: 12 } as const) : ({ size: 9.5, color: soft } as const)
    sheet.text(label, { x: left, y: at, width: sheet.right - left - amountWidth }, style)
    const amountStyle = isTotal ? style : { size: 9.5, color: ink }
    sheet.text(amount, { x: sheet.right - amountWidth, y: at, width: amountWidth }, { ...amountStyle, align: 'right' })
    at += isTotal ? height + 6 : height
  }
  return at
}

function drawNotes(sheet: Sheet, { notes }: InvoiceDocument, y: number): void {
  const width = sheet.width * 0.88
  let at = y
  for (const { title, text, url } of notes) {
    const style = { size: 9, color: ink, lineGap: 1.5 } as const
    at = roomFor(sheet, at, sheet.heightOf(text, width, style) + (url ? 16 : 0) + (title ? 14 : 0))
    if (title) at = sheet.text(title, { x: sheet.left, y: at, width }, labelStyle) + 3
    at = sheet.text(text, { x: sheet.left, y: at, width }, style)
    if (url) at = sheet.text(url, { x: sheet.left, y: at, width: sheet.width }, { size: 8, color: accent, link: url })
    at += 12
  }
}

function roomFor(sheet: Sheet, y: number, height: number): number {
  if (y + height <= sheet.bottom) return y
  sheet.doc.addPage()
  return sheet.top
}

function drawFoot(sheet: Sheet, { foot, title, number, pageOf }: InvoiceDocument, page: number, pages: number): void {
  const y = sheet.doc.page.height - 58
  const style = { size: 7.5, color: soft } as const
  sheet.rule(y - 8, hairline)
  const side = 130
  sheet.text(foot, { x: sheet.left, y, width: sheet.width - side - 16 }, style)
  sheet.text(pageOf(page, pages), { x: sheet.right - side, y, width: side }, { ...style, align: 'right' })
  if (page > 1) sheet.text(`${title} ${number}`, { x: sheet.left, y: 34, width: sheet.width }, style)
}
