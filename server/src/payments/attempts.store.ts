import assert from 'node:assert/strict'
import { type Selectable, sql } from 'kysely'
import { fromRow } from '#database/records.ts'
import type { PaymentTransactionTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { type Attempt, statesInFlight } from '#payments/attempt.ts'
import type { Card } from '#payments/provider.ts'

type Row = Selectable<PaymentTransactionTable>

/** What an attempt begins with; everything else is empty or the machine's. */
export type StartingAttempt = Pick<
  Attempt,
  | 'id'
  | 'kind'
  | 'purpose'
  | 'customerId'
  | 'subscriptionId'
  | 'invoiceId'
  | 'checkoutId'
  | 'paymentMethodId'
  | 'provider'
  | 'connectionId'
  | 'providerToken'
  | 'offSession'
  | 'amount'
  | 'subtotal'
  | 'taxAmount'
  | 'currency'
  | 'customerEmail'
  | 'customerName'
  | 'createdAt'
> & {
  /** The link or single charge it pays; none when absent. */
  readonly paymentId?: string | null
}

/** What settles or moves an attempt. */
export type AttemptChanges = Pick<Attempt, 'state' | 'updatedAt'> &
  Partial<
    Pick<
      Attempt,
      | 'providerToken'
      | 'providerReference'
      | 'actionReference'
      | 'card'
      | 'failureCode'
      | 'failureMessage'
      | 'paidAt'
      | 'lookAgainAt'
    >
  >

/**
 * Seconds until the next look at an unsettled attempt. The first is longer than a provider may take to answer, so that
 * an attempt which is merely slow is left alone.
 */
const secondsBetweenLooks = [30, 60, 300, 1_800, 7_200, 21_600, 86_400]

/**
 * Writes attempts in state `started`, to be looked at should nobody settle them. Those whose invoice (for a setup: checkout)
 * has an attempt in flight or a successful one are missing from the result: the two indexes decide, however many try at once.
 */
export async function insertAttempts(tx: Tx, orgId: string, attempts: readonly StartingAttempt[]): Promise<Attempt[]> {
  const rows = await tx
    .insertInto('payment_transaction')
    .values(attempts.map((attempt) => rowOf(orgId, attempt)))
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .execute()
  return rows.map(attemptOf)
}

function rowOf(orgId: string, attempt: StartingAttempt) {
  return {
    org_id: orgId,
    id: attempt.id,
    kind: attempt.kind,
    purpose: attempt.purpose,
    state: 'started' as const,
    customer_id: attempt.customerId,
    subscription_id: attempt.subscriptionId,
    invoice_id: attempt.invoiceId,
    checkout_id: attempt.checkoutId,
    payment_id: attempt.paymentId ?? null,
    payment_method_id: attempt.paymentMethodId,
    provider: attempt.provider,
    connection_id: attempt.connectionId,
    provider_token: attempt.providerToken,
    off_session: attempt.offSession,
    amount: attempt.amount,
    subtotal: attempt.subtotal,
    tax_amount: attempt.taxAmount,
    currency: attempt.currency,
    customer_email: attempt.customerEmail,
    customer_name: attempt.customerName,
    started_at: sql<Temporal.Instant>`now()`,
    look_again_at: sql<Temporal.Instant>`now() + make_interval(secs => ${secondsBetweenLooks[0]})`,
    created_at: attempt.createdAt,
    updated_at: attempt.createdAt,
  }
}

export async function findAttempt(db: Db, orgId: string, id: string): Promise<Attempt | undefined> {
  const row = await db
    .selectFrom('payment_transaction')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && attemptOf(row)
}

/** Locks the attempt until the transaction ends: two that settle it come one after the other. */
export async function lockAttempt(tx: Tx, orgId: string, id: string): Promise<Attempt | undefined> {
  const row = await tx
    .selectFrom('payment_transaction')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && attemptOf(row)
}

/** Locks several attempts, in the order of their ids. */
export async function lockAttempts(tx: Tx, orgId: string, ids: readonly string[]): Promise<Map<string, Attempt>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .selectFrom('payment_transaction')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return new Map(rows.map((row) => [row.id, attemptOf(row)]))
}

/** The newest attempt of a checkout: the one in flight or the successful one, when there is such a one. */
export function findCheckoutAttempt(db: Db, orgId: string, checkoutId: string): Promise<Attempt | undefined> {
  return findNewest(db, orgId, 'checkout_id', checkoutId)
}

/** The newest attempt for a payment: the one in flight or the successful one, when there is such a one. */
export function findPaymentAttempt(db: Db, orgId: string, paymentId: string): Promise<Attempt | undefined> {
  return findNewest(db, orgId, 'payment_id', paymentId)
}

/** The same for several payments, by payment. */
export async function findPaymentAttempts(
  db: Db,
  orgId: string,
  paymentIds: readonly string[],
): Promise<Map<string, Attempt>> {
  if (paymentIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('payment_transaction')
    .selectAll()
    .distinctOn('payment_id')
    .where('org_id', '=', orgId)
    .where('payment_id', 'in', [...paymentIds])
    .orderBy('payment_id')
    .orderBy(sql`state = 'failed'`)
    .orderBy('id', 'desc')
    .execute()
  return new Map(rows.map((row) => [row.payment_id ?? '', attemptOf(row)]))
}

/** Writes which invoice an attempt paid, for those whose invoice is issued by being paid. */
export async function nameInvoice(
  tx: Tx,
  { orgId, id }: Pick<Attempt, 'orgId' | 'id'>,
  invoiceId: string,
): Promise<void> {
  await tx
    .updateTable('payment_transaction')
    .set({ invoice_id: invoiceId })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** The newest attempt for an invoice: the one in flight or the successful one, when there is such a one. */
export function findInvoiceAttempt(db: Db, orgId: string, invoiceId: string): Promise<Attempt | undefined> {
  return findNewest(db, orgId, 'invoice_id', invoiceId)
}

async function findNewest(
  db: Db,
  orgId: string,
  column: 'checkout_id' | 'invoice_id' | 'payment_id',
  id: string,
): Promise<Attempt | undefined> {
  const row = await db
    .selectFrom('payment_transaction')
    .selectAll()
    .where('org_id', '=', orgId)
    .where(column, '=', id)
    // Ids of several processes sort only as well as their clocks agree; what has not failed is always the last.
    .orderBy(sql`state = 'failed'`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && attemptOf(row)
}

/** Moves a locked attempt from one state to the next. */
export async function moveAttempt(tx: Tx, attempt: Attempt, changes: AttemptChanges): Promise<Attempt> {
  const row = await tx
    .updateTable('payment_transaction')
    .set(columnsOf(changes))
    .where('org_id', '=', attempt.orgId)
    .where('id', '=', attempt.id)
    .where('state', '=', attempt.state)
    .returningAll()
    .executeTakeFirstOrThrow()
  return attemptOf(row)
}

/** `token` replaces the attempt's where it is given. */
export type Success = {
  readonly id: string
  readonly reference: string
  readonly card: Card
  readonly token: string | undefined
}

/** Moves several locked attempts whose outcome is open to `succeeded`. */
export async function succeedAttempts(
  tx: Tx,
  orgId: string,
  successes: readonly Success[],
  now: Temporal.Instant,
): Promise<Attempt[]> {
  if (successes.length === 0) return []
  const { rows } = await sql<Row>`
    update payment_transaction attempt
    set state = 'succeeded', provider_reference = success.reference,
      provider_token = coalesce(success.token, attempt.provider_token), card = success.card, paid_at = ${now},
      look_again_at = null, updated_at = ${now}
    from unnest(
      ${successes.map(({ id }) => id)}::text[], ${successes.map(({ reference }) => reference)}::text[],
      ${successes.map(({ card }) => JSON.stringify(card))}::jsonb[], ${successes.map(({ token }) => token ?? null)}::text[]
    ) as success (id, reference, card, token)
    where attempt.org_id = ${orgId} and attempt.id = success.id and attempt.state = any(${[...statesInFlight]}::text[])
    returning attempt.*`.execute(tx)
  assert.equal(rows.length, successes.length, 'an attempt whose outcome is open is there to be moved')
  return rows.map(attemptOf)
}

/**
 * Takes the unsettled attempts of every organisation whose time to be looked at has come, oldest first, and sets the time
 * of the next look. Whoever else asks meanwhile gets others; a look that is never finished is repeated.
 */
export async function takeDueAttempts(tx: Tx, now: Temporal.Instant, limit: number): Promise<Attempt[]> {
  const due = tx
    .selectFrom('payment_transaction')
    .select(['org_id', 'id'])
    .where('state', 'in', statesInFlight)
    .where('look_again_at', '<=', now)
    .orderBy('look_again_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
  const rows = await tx
    .with('due', () => due)
    .updateTable('payment_transaction')
    .from('due')
    .whereRef('payment_transaction.org_id', '=', 'due.org_id')
    .whereRef('payment_transaction.id', '=', 'due.id')
    .set({ looks: sql`looks + 1`, look_again_at: nextLook(now) })
    .returningAll('payment_transaction')
    .execute()
  return rows.map(attemptOf)
}

// Postgres counts array elements from 1, and `looks` here is the number before this look: the first wait is behind us.
function nextLook(now: Temporal.Instant) {
  const last = secondsBetweenLooks.length
  return sql<Temporal.Instant>`${now}::timestamptz + make_interval(secs => (${secondsBetweenLooks}::int[])[least(looks + 2, ${last}::int)])`
}

function attemptOf(row: Row): Attempt {
  return { ...fromRow(row), card: row.card as Card | null }
}

function columnsOf({ card, ...changes }: AttemptChanges) {
  return {
    state: changes.state,
    updated_at: changes.updatedAt,
    provider_token: changes.providerToken,
    provider_reference: changes.providerReference,
    action_reference: changes.actionReference,
    failure_code: changes.failureCode,
    failure_message: changes.failureMessage,
    paid_at: changes.paidAt,
    look_again_at: changes.lookAgainAt,
    card: card && JSON.stringify(card),
  }
}
