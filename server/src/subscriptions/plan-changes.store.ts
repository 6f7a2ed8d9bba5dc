import type { Selectable } from 'kysely'
import { type ChangesOf, fromRow, type RecordOf, toRow } from '#database/records.ts'
import type { PlanChangeTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { parseQuantity, type Quantity, quantityToText } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import type { PlanChangeState } from '#subscriptions/plan-change.ts'

type Row = Selectable<PlanChangeTable>
/** A change that takes effect at once. `usage` is what each feature had used when it was decided, by feature id. */
export type PlanChangeRecord = Omit<RecordOf<Row>, 'usage'> & { readonly usage: ReadonlyMap<string, Quantity> }

/** How long a request is known by its key (http.md, Idempotency). */
const keyIsKept = Temporal.Duration.from({ hours: 24 })

/** Inserts; a second open change of a subscription violates `plan_change_open`. */
export async function insertPlanChange(tx: Tx, orgId: string, change: PlanChangeRecord): Promise<void> {
  const { usage, ...columns } = change
  const row = toRow<Row>(columns as ChangesOf<Row>) as Row
  await tx
    .insertInto('plan_change')
    .values({ ...row, org_id: orgId, usage: JSON.stringify(textOf(usage)) })
    .execute()
}

/** The change of a subscription that has no outcome yet. */
export async function findOpenChange(
  db: Db,
  orgId: string,
  subscriptionId: string,
): Promise<PlanChangeRecord | undefined> {
  const row = await db
    .selectFrom('plan_change')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('state', 'in', ['charging', 'awaiting'])
    .executeTakeFirst()
  return row && changeOf(row)
}

/** Those of some subscriptions of which a change is being paid at this moment. */
export async function findChanging(db: Db, orgId: string, subscriptionIds: readonly string[]): Promise<Set<string>> {
  if (subscriptionIds.length === 0) return new Set()
  const rows = await db
    .selectFrom('plan_change')
    .select('subscription_id')
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('state', '=', 'charging')
    .execute()
  return new Set(rows.map(({ subscription_id }) => subscription_id))
}

export async function findPlanChange(db: Db, orgId: string, id: string): Promise<PlanChangeRecord | undefined> {
  const row = await db
    .selectFrom('plan_change')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && changeOf(row)
}

/** The change that an invoice pays for. */
export async function findChangeOfInvoice(
  db: Db,
  orgId: string,
  invoiceId: string,
): Promise<PlanChangeRecord | undefined> {
  const row = await db
    .selectFrom('plan_change')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirst()
  return row && changeOf(row)
}

/** The change of a subscription that the same request began before; `at` is machine time. */
export async function findChangeBegunBy(
  db: Db,
  orgId: string,
  subscriptionId: string,
  { key, at }: { readonly key: Context['idempotency']; readonly at: Temporal.Instant },
): Promise<PlanChangeRecord | undefined> {
  if (key === null) return undefined
  const row = await db
    .selectFrom('plan_change')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('request_key', '=', key.key)
    .where('request_fingerprint', '=', key.fingerprint)
    .where('requested_at', '>', at.subtract(keyIsKept))
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && changeOf(row)
}

type PriceOfChange = Pick<
  PlanChangeRecord,
  | 'currency'
  | 'hasUsPricing'
  | 'basePrice'
  | 'charge'
  | 'discountKind'
  | 'discountType'
  | 'discountValue'
  | 'discountName'
  | 'discountCycles'
  | 'promoCodeId'
  | 'agreed'
>

/** Prices a change that awaits its checkout anew: minor units of `currency`. */
export async function repriceChange(tx: Tx, orgId: string, id: string, price: Partial<PriceOfChange>): Promise<void> {
  await tx
    .updateTable('plan_change')
    .set(toRow<Row>(price as ChangesOf<Row>) as Partial<Omit<Row, 'usage'>>)
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('state', '=', 'awaiting')
    .executeTakeFirstOrThrow()
}

/** Ends an open change. */
export async function endPlanChange(
  tx: Tx,
  orgId: string,
  id: string,
  state: Exclude<PlanChangeState, 'charging' | 'awaiting'>,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('plan_change')
    .set({ state, ended_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('state', 'in', ['charging', 'awaiting'])
    .executeTakeFirstOrThrow()
}

function changeOf({ usage, ...row }: Row): PlanChangeRecord {
  const stored = usage as unknown as Readonly<Record<string, string>>
  const totals = Object.entries(stored).map(([id, text]) => [id, parseQuantity(text) ?? 0n] as const)
  return { ...fromRow(row), usage: new Map(totals) }
}

function textOf(usage: ReadonlyMap<string, Quantity>): Record<string, string> {
  return Object.fromEntries([...usage].map(([id, quantity]) => [id, quantityToText(quantity)]))
}
