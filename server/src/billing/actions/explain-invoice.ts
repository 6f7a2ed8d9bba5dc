import { gatherLineFacts } from '#billing/actions/gather-line-facts.ts'
import { type KeptRows, openKeptRows } from '#billing/actions/kept-rows.ts'
import { matchCarried } from '#billing/explanation/carried.ts'
import { explainLine } from '#billing/explanation/explain-line.ts'
import { explainTotals } from '#billing/explanation/explain-totals.ts'
import type { LineWindow } from '#billing/explanation/facts.ts'
import type { InvoiceExplanation, LineExplanation } from '#billing/explanation/invoice-explanation.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { linesCarriedTo } from '#invoicing/carried-lines.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { type InvoiceLineRecord, linesOf } from '#invoicing/invoice-lines.store.ts'
import { taxesOf } from '#invoicing/invoice-taxes.store.ts'
import { findInvoice, findInvoiceByNumber, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import { currency } from '#money/currency.ts'
import { Problem } from '#problem.ts'

/**
 * Explains an invoice: every line is computed again from the rows it was made from, all of them read as they stand at one
 * moment. By id, and where `byNumber` is set also by number. 404 invoice_not_found.
 */
export async function explainInvoice(
  db: Db,
  orgId: string,
  { reference, byNumber }: { readonly reference: string; readonly byNumber: boolean },
): Promise<InvoiceExplanation> {
  return inTransaction(
    db,
    async (tx) => {
      const found = await findInvoice(tx, orgId, reference)
      const invoice = found ?? (byNumber ? await findInvoiceByNumber(tx, orgId, reference) : undefined)
      if (!invoice) throw new Problem('invoice_not_found', `There is no invoice ${reference}.`)
      return explain(tx, orgId, invoice)
    },
    { isolation: 'repeatable read', readOnly: true },
  )
}

async function explain(tx: Tx, orgId: string, invoice: InvoiceRecord): Promise<InvoiceExplanation> {
  const written = (await linesOf(tx, orgId, [invoice.id])).get(invoice.id) ?? []
  const kept = await openKeptRows(tx, orgId, invoice, written)
  const money = currency(invoice.currency)
  const carried = matchCarried(written, await carriedTo(tx, orgId, invoice), money)
  const lines: LineExplanation[] = []
  for (const [index, line] of written.entries()) {
    const facts = await gatherLineFacts(kept, line, baseOf(line, lines))
    lines.push({
      line,
      window: windowShown(kept, line),
      carried: carried[index] ?? null,
      draws: facts.kind === 'overdraft' ? facts.draws : [],
      ...explainLine(line, facts, money),
    })
  }
  const totals = explainTotals(
    lines.map(({ line, ...explained }) => ({ ...explained, lineType: line.lineType })),
    invoice,
    (await taxesOf(tx, orgId, [invoice.id])).get(invoice.id) ?? [],
    money,
  )
  return { invoice, currency: money, lines, totals }
}

async function carriedTo(tx: Tx, orgId: string, { id, subscriptionId }: InvoiceRecord) {
  return subscriptionId === null ? [] : linesCarriedTo(tx, orgId, { id, subscriptionId })
}

/** The plan base that a discount is on: the last one before it, of its period. */
function baseOf(discount: DraftLine, before: readonly LineExplanation[]): bigint | null {
  const base = before.findLast(
    ({ line }) => line.lineType === 'plan_base' && line.windowNumber === discount.windowNumber,
  )
  return base?.recomputed ?? null
}

function windowShown({ windows }: KeptRows, line: InvoiceLineRecord): LineWindow | null {
  const { windowNumber: number, startsOn, endsOn } = line
  if (number === null) return null
  const row = windows.get(number)
  if (row) return { number, kind: row.kind, startsOn: row.startsOn, endsOn: row.endsOn }
  return startsOn && endsOn ? { number, kind: null, startsOn, endsOn } : null
}
