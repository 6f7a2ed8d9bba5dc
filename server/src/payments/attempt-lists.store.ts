import { type Selectable, sql } from 'kysely'
import { fromRow } from '#database/records.ts'
import type { PaymentTransactionTable } from '#database/tables.generated.ts'
import type { Db } from '#database/transaction.ts'
import { type Attempt, type AttemptState, statesInFlight } from '#payments/attempt.ts'
import type { Card } from '#payments/provider.ts'

export type TransactionFilter = {
  readonly states?: readonly AttemptState[] | undefined
  /** Compared without regard to case. */
  readonly customerEmail?: string | undefined
}

/** Charges, newest first, those before the id `after`. */
export async function listCharges(
  db: Db,
  orgId: string,
  filter: TransactionFilter,
  limit: number,
  after: string | undefined,
): Promise<Attempt[]> {
  let query = db.selectFrom('payment_transaction').selectAll().where('org_id', '=', orgId).where('kind', '=', 'charge')
  if (filter.states !== undefined) query = query.where('state', 'in', filter.states)
  if (filter.customerEmail !== undefined)
    query = query.where(sql`lower(customer_email)`, '=', sql`lower(${filter.customerEmail}::text)`)
  if (after !== undefined) query = query.where('id', '<', after)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return rows.map(attemptOf)
}

/** Charges of a stored method of a customer that wait for them to confirm it, newest first. */
export async function listUnconfirmed(db: Db, orgId: string, customerId: string): Promise<Attempt[]> {
  const rows = await db
    .selectFrom('payment_transaction')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('state', '=', 'requires_action')
    .where('kind', '=', 'charge')
    .where('payment_method_id', 'is not', null)
    .where('checkout_id', 'is', null)
    .where('payment_id', 'is', null)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(attemptOf)
}

/** Charges of a subscription, by whatever card, that wait for their customer to confirm them, oldest first. */
export async function listWaitingSteps(db: Db, orgId: string, subscriptionId: string): Promise<Attempt[]> {
  const rows = await db
    .selectFrom('payment_transaction')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('state', '=', 'requires_action')
    .where('kind', '=', 'charge')
    .where('payment_id', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(attemptOf)
}

/** Charges of a subscription that were paid, also those that went back or are disputed since, oldest first. */
export async function findPaidCharges(db: Db, orgId: string, subscriptionId: string): Promise<Attempt[]> {
  const rows = await db
    .selectFrom('payment_transaction')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('kind', '=', 'charge')
    .where('state', 'in', ['succeeded', 'refunded', 'disputed'])
    .orderBy('id')
    .execute()
  return rows.map(attemptOf)
}

/** Off-session attempts of some subscriptions that are still `started`, oldest first: what a crash may have left behind. */
export async function findStartedCollections(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<Attempt[]> {
  const rows = await db
    .selectFrom('payment_transaction')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('state', '=', 'started')
    .where('off_session', '=', true)
    .orderBy('id')
    .execute()
  return rows.map(attemptOf)
}

/** How often an invoice was declined for one reason, the decline that is being settled included. */
export async function countDeclines(
  db: Db,
  orgId: string,
  { invoiceId, failureCode }: { readonly invoiceId: string; readonly failureCode: string },
): Promise<number> {
  const { declines } = await db
    .selectFrom('payment_transaction')
    .select((expression) => expression.fn.countAll<bigint>().as('declines'))
    .where('org_id', '=', orgId)
    .where('invoice_id', '=', invoiceId)
    .where('state', '=', 'failed')
    .where('failure_code', '=', failureCode)
    .executeTakeFirstOrThrow()
  return Number(declines)
}

/** Those of some invoices that are being paid at this moment. */
export async function findBeingPaid(db: Db, orgId: string, invoiceIds: readonly string[]): Promise<Set<string>> {
  if (invoiceIds.length === 0) return new Set()
  const rows = await db
    .selectFrom('payment_transaction')
    .select('invoice_id')
    .where('org_id', '=', orgId)
    .where('invoice_id', 'in', [...invoiceIds])
    .where('state', 'in', statesInFlight)
    .execute()
  return new Set(rows.flatMap(({ invoice_id }) => invoice_id ?? []))
}

/** Charges of a side at a provider with what a reconciliation needs; those of one connection when it is named. */
export async function listBooked(
  db: Db,
  orgId: string,
  provider: Attempt['provider'],
  connectionId: string | null,
): Promise<
  { transaction: string; amount: bigint; currency: string; state: AttemptState; startedAt: Temporal.Instant }[]
> {
  let query = db
    .selectFrom('payment_transaction')
    .select(['id as transaction', 'amount', 'currency', 'state', 'started_at as startedAt'])
    .where('org_id', '=', orgId)
    .where('kind', '=', 'charge')
    .where('provider', '=', provider)
  if (connectionId !== null) query = query.where('connection_id', '=', connectionId)
  return query.execute()
}

function attemptOf(row: Selectable<PaymentTransactionTable>): Attempt {
  return { ...fromRow(row), card: row.card as Card | null }
}
