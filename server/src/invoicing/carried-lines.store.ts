import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'

/** Lines of invoices that were too small to charge: they wait for the next one (billing.md, Money). */
export async function carryLines(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  lines: readonly DraftLine[],
  now: Temporal.Instant,
): Promise<void> {
  if (lines.length === 0) return
  const rows = lines.map((line) => ({
    org_id: orgId,
    id: newId('car'),
    subscription_id: subscriptionId,
    line: JSON.stringify(line, asText),
    created_at: now,
  }))
  await tx.insertInto('carried_line').values(rows).execute()
}

/** The lines that wait for the next invoice of some subscriptions, in the order they were carried, by subscription id. */
export async function waitingLines(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<Map<string, DraftLine[]>> {
  const rows = await db
    .selectFrom('carried_line')
    .select(['subscription_id', 'line'])
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('invoice_id', 'is', null)
    .where('forgiven_at', 'is', null)
    .orderBy('id')
    .execute()
  const waiting = new Map<string, DraftLine[]>(subscriptionIds.map((id) => [id, []]))
  for (const row of rows) waiting.get(row.subscription_id)?.push(fromText(row.line as unknown as StoredLine))
  return waiting
}

/** Notes that all waiting lines are on this invoice now. */
export async function placeLines(tx: Tx, orgId: string, subscriptionId: string, invoiceId: string): Promise<void> {
  await tx
    .updateTable('carried_line')
    .set({ invoice_id: invoiceId })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('invoice_id', 'is', null)
    .where('forgiven_at', 'is', null)
    .execute()
}

/** A line that waited for an invoice, and since when. */
export type CarriedLine = { readonly line: DraftLine; readonly carriedAt: Temporal.Instant }

/** The lines that waited for an invoice, in the order they were carried. */
export async function linesCarriedTo(db: Db, orgId: string, invoice: CarryingInvoice): Promise<CarriedLine[]> {
  const rows = await db
    .selectFrom('carried_line')
    .select(['line', 'created_at'])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', invoice.subscriptionId)
    .where('invoice_id', '=', invoice.id)
    .orderBy('id')
    .execute()
  return rows.map(({ line, created_at }) => ({
    line: fromText(line as unknown as StoredLine),
    carriedAt: created_at,
  }))
}

type CarryingInvoice = { readonly id: string; readonly subscriptionId: string }

/** A line that waited or waits, and what became of it. */
export type KeptLine = CarriedLine & { readonly invoiceId: string | null; readonly forgivenAt: Temporal.Instant | null }

/** Every line of some subscriptions that ever waited, in the order they were carried, by subscription id. */
export async function carriedLinesOf(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<Map<string, KeptLine[]>> {
  const rows = await db
    .selectFrom('carried_line')
    .select(['subscription_id', 'line', 'created_at', 'invoice_id', 'forgiven_at'])
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .orderBy('id')
    .execute()
  const bySubscription = Map.groupBy(rows, ({ subscription_id }) => subscription_id)
  return new Map([...bySubscription].map(([id, own]) => [id, own.map(keptLineOf)]))
}

function keptLineOf(row: {
  readonly line: unknown
  readonly created_at: Temporal.Instant
  readonly invoice_id: string | null
  readonly forgiven_at: Temporal.Instant | null
}): KeptLine {
  return {
    line: fromText(row.line as StoredLine),
    carriedAt: row.created_at,
    invoiceId: row.invoice_id,
    forgivenAt: row.forgiven_at,
  }
}

/** Nothing more will be invoiced: what waits is forgiven. */
export async function forgiveLines(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('carried_line')
    .set({ forgiven_at: now })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('invoice_id', 'is', null)
    .where('forgiven_at', 'is', null)
    .execute()
}

// BigInts and days as text: JSON has neither.
type StoredLine = {
  [Field in keyof DraftLine]: DraftLine[Field] extends bigint | null ? string | null : DraftLine[Field]
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function fromText(stored: StoredLine): DraftLine {
  const big = (text: unknown) => BigInt(String(text))
  const bigOrNull = (text: unknown) => (text === null ? null : big(text))
  const dayOrNull = (text: unknown) => (text === null ? null : Temporal.PlainDate.from(String(text)))
  return {
    ...(stored as unknown as DraftLine),
    quantity: big(stored.quantity),
    unitAmount: big(stored.unitAmount),
    amount: big(stored.amount),
    includedAmount: bigOrNull(stored.includedAmount),
    usedAmount: bigOrNull(stored.usedAmount),
    overageAmount: bigOrNull(stored.overageAmount),
    discountValue: bigOrNull(stored.discountValue),
    startsOn: dayOrNull(stored.startsOn),
    endsOn: dayOrNull(stored.endsOn),
    basis: stored.basis ?? null,
  }
}
