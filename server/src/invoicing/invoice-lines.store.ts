import type { Selectable } from 'kysely'
import { fromRow } from '#database/records.ts'
import type { InvoiceLineTable } from '#database/tables.generated.ts'
import type { Db } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { LineBasis } from '#invoicing/line-basis.ts'
import { parseQuantity } from '#money/quantity.ts'

type LineRow = Selectable<InvoiceLineTable>
export type InvoiceLineRecord = DraftLine & { readonly position: number }

/** The lines of some invoices, in their order, by invoice id. One query. */
export async function linesOf(
  db: Db,
  orgId: string,
  invoiceIds: readonly string[],
): Promise<Map<string, InvoiceLineRecord[]>> {
  const byInvoice = new Map<string, InvoiceLineRecord[]>(invoiceIds.map((id) => [id, []]))
  if (invoiceIds.length === 0) return byInvoice
  const rows = await db
    .selectFrom('invoice_line')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('invoice_id', 'in', [...invoiceIds])
    .orderBy('invoice_id')
    .orderBy('position')
    .execute()
  for (const row of rows) byInvoice.get(row.invoice_id)?.push(lineOf(row))
  return byInvoice
}

/** The base of a subscription's period that begins on a day, with its discounts, on whatever invoice that was not voided. */
export async function findBaseLines(
  db: Db,
  orgId: string,
  subscriptionId: string,
  startsOn: Temporal.PlainDate,
): Promise<InvoiceLineRecord[]> {
  const rows = await baseLines(db, orgId, subscriptionId)
    .selectAll('invoice_line')
    .where('invoice_line.starts_on', '=', startsOn)
    .execute()
  return rows.map(lineOf)
}

/** The base and its discounts that a window of a subscription began with: amounts in minor units, with their invoices' numbers. */
export async function findBaseOfWindow(
  db: Db,
  orgId: string,
  subscriptionId: string,
  windowNumber: number,
): Promise<{ readonly invoiceNumber: string; readonly amount: bigint }[]> {
  const rows = await baseLines(db, orgId, subscriptionId)
    .select(['invoice.number', 'invoice_line.amount'])
    .where('invoice_line.window_number', '=', windowNumber)
    .orderBy('invoice_line.position')
    .execute()
  return rows.map(({ number, amount }) => ({ invoiceNumber: number, amount }))
}

function baseLines(db: Db, orgId: string, subscriptionId: string) {
  return db
    .selectFrom('invoice_line')
    .innerJoin('invoice', (on) =>
      on.onRef('invoice.org_id', '=', 'invoice_line.org_id').onRef('invoice.id', '=', 'invoice_line.invoice_id'),
    )
    .where('invoice.org_id', '=', orgId)
    .where('invoice.subscription_id', '=', subscriptionId)
    .where('invoice.status', '<>', 'void')
    .where('invoice_line.org_id', '=', orgId)
    .where('invoice_line.line_type', 'in', ['plan_base', 'discount', 'promo_code_discount'])
}

function lineOf(row: LineRow): InvoiceLineRecord {
  const record = fromRow(row)
  const { orgId: _org, invoiceId: _invoice, ...line } = record
  return {
    ...line,
    discountType: line.discountType as DraftLine['discountType'],
    quantity: quantityOf(row.quantity),
    includedAmount: row.included_amount === null ? null : quantityOf(row.included_amount),
    usedAmount: row.used_amount === null ? null : quantityOf(row.used_amount),
    overageAmount: row.overage_amount === null ? null : quantityOf(row.overage_amount),
    basis: row.basis as LineBasis | null,
  }
}

function quantityOf(text: string): bigint {
  const quantity = parseQuantity(text)
  if (quantity === undefined) throw new RangeError(`${text} is not a quantity`)
  return quantity
}
