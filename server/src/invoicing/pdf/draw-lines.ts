import type { InvoiceDocument } from '#invoicing/document.ts'
import type { DocumentRow } from '#invoicing/document-lines.ts'
import { hairline, ink, type Sheet, soft } from '#invoicing/pdf/sheet.ts'

const quantityWidth = 58
const unitPriceWidth = 74
const amountWidth = 88
const gap = 12
const detailStyle = { size: 8, color: soft } as const

/** The table of lines, over as many pages as it takes; each begins with the columns' names. Gives the y below it. */
export function drawLines(sheet: Sheet, document: InvoiceDocument, y: number): number {
  let at = drawColumns(sheet, document, y)
  for (const row of document.rows) {
    const height = heightOf(sheet, row)
    if (at + height > sheet.bottom) {
      sheet.doc.addPage()
      at = drawColumns(sheet, document, sheet.top)
    }
    drawRow(sheet, row, at + 8)
    at += height
    sheet.rule(at, hairline)
  }
  return at
}

function columns(sheet: Sheet) {
  const amount = { x: sheet.right - amountWidth, width: amountWidth }
  const unitPrice = { x: amount.x - gap - unitPriceWidth, width: unitPriceWidth }
  const quantity = { x: unitPrice.x - gap - quantityWidth, width: quantityWidth }
  return { description: { x: sheet.left, width: quantity.x - gap - sheet.left }, quantity, unitPrice, amount }
}

function drawColumns(sheet: Sheet, { columns: names }: InvoiceDocument, y: number): number {
  const place = columns(sheet)
  const style = { size: 7.5, color: soft, font: 'medium', spacing: 0.2 } as const
  sheet.text(names.description, { ...place.description, y }, style)
  for (const name of ['quantity', 'unitPrice', 'amount'] as const) {
    sheet.text(names[name], { ...place[name], y }, { ...style, align: 'right' })
  }
  sheet.rule(y + 15, ink, 0.8)
  return y + 15
}

function heightOf(sheet: Sheet, { title, detail }: DocumentRow): number {
  const { width } = columns(sheet).description
  return sheet.heightOf(title, width) + sheet.heightOf(detail, width, detailStyle) + 16
}

function drawRow(sheet: Sheet, row: DocumentRow, y: number): void {
  const place = columns(sheet)
  const below = sheet.text(row.title, { ...place.description, y })
  sheet.text(row.detail, { ...place.description, y: below }, detailStyle)
  for (const name of ['quantity', 'unitPrice', 'amount'] as const) {
    sheet.text(row[name], { ...place[name], y }, { align: 'right' })
  }
}
