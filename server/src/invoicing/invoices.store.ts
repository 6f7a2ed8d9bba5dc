import assert from 'node:assert/strict'
import { type Selectable, sql } from 'kysely'
import { type ChangesOf, fromRow, type RecordOf, toRow } from '#database/records.ts'
import type { InvoiceLineTable, InvoiceTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Buyer } from '#invoicing/buyer.ts'
import type { DraftLine, InvoiceStatus } from '#invoicing/invoice-draft.ts'
import type { SellerCurrency } from '#invoicing/seller-currency.ts'
import { exchangeRateToText } from '#money/exchange.ts'
import { quantityToText } from '#money/quantity.ts'
import { startInstant } from '#time/period.ts'

type InvoiceRow = Selectable<InvoiceTable>
type LineRow = Selectable<InvoiceLineTable>
export type InvoiceRecord = RecordOf<InvoiceRow>
type LaterFields = 'number' | 'seller' | 'overdueAt' | 'sellerCurrency' | 'sellerCurrencyRate'
export type NewInvoice = Omit<InvoiceRecord, 'orgId' | 'metadata' | 'buyer' | LaterFields> & {
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly buyer: Buyer | null
  readonly lines: readonly DraftLine[]
}

/**
 * Writes invoices with their lines and the next numbers of the side, in their order and gap-free. Whoever else issues waits
 * until this transaction ends: call it late, and once for many.
 */
export async function insertInvoices(
  tx: Tx,
  orgId: string,
  prefix: string,
  invoices: readonly NewInvoice[],
): Promise<InvoiceRecord[]> {
  const lines = invoices.flatMap((invoice) => linesToInsert(orgId, invoice))
  const firstNumber = await takeNumbers(tx, orgId, invoices.length)
  const rows = await tx
    .insertInto('invoice')
    .values(
      invoices.map(({ lines: _lines, buyer, metadata, ...invoice }, index) => ({
        ...(toRow(invoice) as Omit<InvoiceRow, 'metadata' | 'seller' | 'buyer'>),
        org_id: orgId,
        buyer: buyer && JSON.stringify(buyer),
        metadata: JSON.stringify(metadata ?? {}),
        // Final from the start: the seller is copied with the buyer.
        seller: buyer ? sellerOf(orgId) : null,
        number: `${prefix}-${String(firstNumber + BigInt(index)).padStart(6, '0')}`,
      })),
    )
    .returningAll()
    .execute()
  if (lines.length > 0) await tx.insertInto('invoice_line').values(lines).execute()
  const written = new Map(rows.map((row) => [row.id, row]))
  return invoices.map(({ id }) => {
    const row = written.get(id)
    assert(row, `invoice ${id} is written`)
    return fromRow(row)
  })
}

// The row stays locked until the transaction ends: a number that is taken is used, or it was never taken.
async function takeNumbers(tx: Tx, orgId: string, count: number): Promise<bigint> {
  const { last } = await tx
    .updateTable('invoice_sequence')
    .set({ last: sql`last + ${count}::int` })
    .where('org_id', '=', orgId)
    .returning('last')
    .executeTakeFirstOrThrow()
  return last - BigInt(count) + 1n
}

/** The seller as it is set now, for the copy in an invoice that becomes final. */
function sellerOf(orgId: string) {
  return sql<never>`(select seller from side_settings where org_id = ${orgId})`
}

function linesToInsert(orgId: string, { id, lines }: Pick<NewInvoice, 'id' | 'lines'>) {
  return lines.map((line, index) => ({
    org_id: orgId,
    ...lineColumns(line),
    invoice_id: id,
    position: index + 1,
  }))
}

function lineColumns({ quantity, includedAmount, usedAmount, overageAmount, basis, ...line }: DraftLine) {
  return {
    ...(toRow(line) as Omit<LineRow, 'org_id' | 'invoice_id' | 'position' | 'quantity' | 'basis'>),
    quantity: quantityToText(quantity),
    included_amount: includedAmount === null ? null : quantityToText(includedAmount),
    used_amount: usedAmount === null ? null : quantityToText(usedAmount),
    overage_amount: overageAmount === null ? null : quantityToText(overageAmount),
    basis: basis && JSON.stringify(basis),
  }
}

/** Changes what may still change of an invoice (status and what goes with it; all of it before it is finalised). */
export async function updateInvoice(
  tx: Tx,
  orgId: string,
  id: string,
  changes: ChangesOf<Omit<InvoiceRow, 'org_id' | 'id' | 'number'>>,
): Promise<InvoiceRecord> {
  const { metadata, seller, buyer, ...columns } = toRow<Omit<InvoiceRow, 'org_id' | 'id' | 'number'>>(changes)
  const row = await tx
    .updateTable('invoice')
    .set({
      ...columns,
      ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
      ...(seller === undefined ? {} : { seller: JSON.stringify(seller) }),
      ...(buyer === undefined ? {} : { buyer: JSON.stringify(buyer) }),
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Marks outstanding invoices as paid and finalises them. Those that are not outstanding (any more) are missing. */
export async function markPaid(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
  now: Temporal.Instant,
): Promise<Map<string, InvoiceRecord>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .updateTable('invoice')
    .set({
      status: 'paid',
      paid_at: now,
      finalised_at: sql`coalesce(finalised_at, ${now})`,
      seller: sql`case when finalised_at is null then ${sellerOf(orgId)} else seller end`,
      updated_at: now,
    })
    .where('org_id', '=', orgId)
    .where('id', 'in', [...ids])
    .where('status', '=', 'outstanding')
    .returningAll()
    .execute()
  return new Map(rows.map((row) => [row.id, fromRow(row)]))
}

/** Notes on invoices that become final what their currency is in their seller's. */
export async function saveSellerCurrency(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
  { currency, rate }: SellerCurrency,
): Promise<void> {
  await tx
    .updateTable('invoice')
    .set({ seller_currency: currency, seller_currency_rate: exchangeRateToText(rate) })
    .where('org_id', '=', orgId)
    .where('id', 'in', [...ids])
    .execute()
}

/** Writes the lines of an invoice that is not finalised yet anew; its totals are the caller's to change with them. */
export async function replaceLines(
  tx: Tx,
  orgId: string,
  invoiceId: string,
  lines: readonly DraftLine[],
): Promise<void> {
  await tx.deleteFrom('invoice_line').where('org_id', '=', orgId).where('invoice_id', '=', invoiceId).execute()
  const rows = linesToInsert(orgId, { id: invoiceId, lines })
  if (rows.length > 0) await tx.insertInto('invoice_line').values(rows).execute()
}

/** Moves the lines of an invoice that is not finalised yet to another period. */
export async function moveLines(
  tx: Tx,
  orgId: string,
  invoiceId: string,
  period: { startsOn: Temporal.PlainDate; endsOn: Temporal.PlainDate },
): Promise<void> {
  await tx
    .updateTable('invoice_line')
    .set({ starts_on: period.startsOn, ends_on: period.endsOn })
    .where('org_id', '=', orgId)
    .where('invoice_id', '=', invoiceId)
    .execute()
}

/** Moves the lines of an invoice that is paid in a checkout to the window its payment begins. */
export async function moveToWindow(
  tx: Tx,
  orgId: string,
  invoiceId: string,
  window: { startsOn: Temporal.PlainDate; endsOn: Temporal.PlainDate; windowNumber: number },
): Promise<void> {
  await tx
    .updateTable('invoice_line')
    .set({ starts_on: window.startsOn, ends_on: window.endsOn, window_number: window.windowNumber })
    .where('org_id', '=', orgId)
    .where('invoice_id', '=', invoiceId)
    .execute()
}

export async function findInvoice(db: Db, orgId: string, id: string): Promise<InvoiceRecord | undefined> {
  const row = await db
    .selectFrom('invoice')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** An invoice by the number its customer knows it by. */
export async function findInvoiceByNumber(db: Db, orgId: string, number: string): Promise<InvoiceRecord | undefined> {
  const row = await db
    .selectFrom('invoice')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('number', '=', number)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Some invoices by their ids. */
export async function findInvoices(db: Db, orgId: string, ids: readonly string[]): Promise<Map<string, InvoiceRecord>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('invoice')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map((row) => [row.id, fromRow(row)]))
}

/** Invoices of a subscription in one status, oldest first. */
export async function findInvoicesOfSubscription(
  db: Db,
  orgId: string,
  subscriptionId: string,
  status: InvoiceStatus,
): Promise<InvoiceRecord[]> {
  const rows = await db
    .selectFrom('invoice')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('status', '=', status)
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** A customer's reactivation invoices that nobody has paid yet. */
export async function findOpenReactivations(db: Db, orgId: string, customerId: string): Promise<InvoiceRecord[]> {
  const rows = await db
    .selectFrom('invoice')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('type', '=', 'reactivation')
    .where('status', '=', 'outstanding')
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** Notes which outstanding, final invoices were due before a UTC day and were not told to be overdue yet. Gives them, oldest first. */
export async function markOverdue(
  tx: Tx,
  orgId: string,
  { before, at, limit }: { readonly before: Temporal.PlainDate; readonly at: Temporal.Instant; readonly limit: number },
): Promise<InvoiceRecord[]> {
  const rows = await tx
    .with('due', (query) =>
      query
        .selectFrom('invoice')
        .select('id')
        .where('org_id', '=', orgId)
        .where('status', '=', 'outstanding')
        .where('finalised_at', 'is not', null)
        .where('overdue_at', 'is', null)
        .where('due_at', '<', startInstant(before))
        // Whoever is paying it at this moment is not late.
        .where(sql<boolean>`not exists (
          select from payment_transaction attempt
          where attempt.org_id = invoice.org_id and attempt.invoice_id = invoice.id
            and attempt.state in ('started', 'requires_action'))`)
        .orderBy('due_at')
        .orderBy('id')
        .limit(limit)
        .forNoKeyUpdate()
        .skipLocked(),
    )
    .updateTable('invoice')
    .from('due')
    .set({ overdue_at: at })
    .where('invoice.org_id', '=', orgId)
    .whereRef('invoice.id', '=', 'due.id')
    .returningAll('invoice')
    .execute()
  return rows.map(fromRow).sort((a, b) => Temporal.Instant.compare(a.dueAt, b.dueAt) || (a.id < b.id ? -1 : 1))
}

/** Whether an invoice of a subscription was ever paid with money: more than nothing. */
export async function hasPaidInvoice(db: Db, orgId: string, subscriptionId: string): Promise<boolean> {
  const row = await db
    .selectFrom('invoice')
    .select('id')
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('status', '=', 'paid')
    .where('total', '>', 0n)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export type InvoiceFilter = {
  readonly customerId?: string | undefined
  readonly subscriptionId?: string | undefined
  readonly status?: InvoiceStatus | undefined
}

/** Newest first, those after `after` (an invoice id) when it is given. */
export async function listInvoices(
  db: Db,
  orgId: string,
  filter: InvoiceFilter,
  limit: number,
  after: string | undefined,
): Promise<InvoiceRecord[]> {
  let query = db.selectFrom('invoice').selectAll().where('org_id', '=', orgId)
  if (filter.customerId !== undefined) query = query.where('customer_id', '=', filter.customerId)
  if (filter.subscriptionId !== undefined) query = query.where('subscription_id', '=', filter.subscriptionId)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (after !== undefined) query = query.where('id', '<', after)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return rows.map(fromRow)
}
