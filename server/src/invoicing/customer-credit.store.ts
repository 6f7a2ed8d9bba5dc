import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { CreditLeft, CreditUse } from '#invoicing/customer-credit.ts'

/**
 * What is left of the credit of some customers, each customer's first-in first. Locked until the transaction ends, customer by
 * customer in one order; who has none costs nothing but the question. Comes before the invoice sequence.
 */
export async function lockCredit(tx: Tx, orgId: string, customerIds: readonly string[]): Promise<CreditLeft[]> {
  if (customerIds.length === 0) return []
  const rows = await tx
    .selectFrom('customer_credit')
    .select(['id', 'customer_id', 'currency', 'remaining'])
    .where('org_id', '=', orgId)
    .where('customer_id', 'in', [...new Set(customerIds)])
    .where('remaining', '>', 0n)
    .where('revoked_at', 'is', null)
    .orderBy('customer_id')
    .orderBy('created_at')
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return rows.map(({ id, customer_id, currency, remaining }) => ({ id, customerId: customer_id, currency, remaining }))
}

/** The same without a lock, to show a price; as if `without`, an invoice that is not final, had used nothing. */
export async function creditLeft(
  db: Db,
  orgId: string,
  customerId: string,
  without: string | null = null,
): Promise<CreditLeft[]> {
  const rows = await db
    .selectFrom('customer_credit as credit')
    .leftJoin('customer_credit_use as use', (join) =>
      join
        .onRef('use.org_id', '=', 'credit.org_id')
        .onRef('use.credit_id', '=', 'credit.id')
        .on('use.invoice_id', '=', without)
        .on('use.returned_at', 'is', null),
    )
    .select(['credit.id', 'credit.currency', 'credit.remaining', 'use.amount as used'])
    .where('credit.org_id', '=', orgId)
    .where('credit.customer_id', '=', customerId)
    .where('credit.revoked_at', 'is', null)
    .where((is) => is.or([is('credit.remaining', '>', 0n), is('use.amount', 'is not', null)]))
    .orderBy('credit.created_at')
    .orderBy('credit.id')
    .execute()
  return rows.map(({ id, currency, remaining, used }) => ({
    id,
    customerId,
    currency,
    remaining: remaining + (used ?? 0n),
  }))
}

/** All that a customer has of credit in a currency, minor units. */
export async function creditIn(db: Db, orgId: string, customerId: string, currency: string): Promise<bigint> {
  const left = await creditLeft(db, orgId, customerId)
  return left.reduce((sum, grant) => (grant.currency === currency ? sum + grant.remaining : sum), 0n)
}

/** Takes from locked credit what some invoices, which are written, use of it. */
export async function takeCredit(
  tx: Tx,
  orgId: string,
  uses: readonly (CreditUse & { readonly invoiceId: string })[],
  now: Temporal.Instant,
): Promise<void> {
  if (uses.length === 0) return
  const rows = uses.map(({ creditId, invoiceId, amount }) => ({
    org_id: orgId,
    credit_id: creditId,
    invoice_id: invoiceId,
    amount,
    created_at: now,
  }))
  await tx.insertInto('customer_credit_use').values(rows).execute()
  await sql`
    update customer_credit set remaining = remaining - used.amount
    from (
      select credit_id, sum(amount)::bigint as amount
      from unnest(
        ${uses.map(({ creditId }) => creditId)}::text[], ${uses.map(({ amount }) => amount)}::bigint[]
      ) as one (credit_id, amount)
      group by credit_id
    ) as used
    where org_id = ${orgId} and id = used.credit_id`.execute(tx)
}

/** Gives back what an invoice used, once: what was given back before stays so. */
export async function returnCredit(tx: Tx, orgId: string, invoiceId: string, now: Temporal.Instant): Promise<void> {
  await lockUsedCredit(tx, orgId, invoiceId)
  await sql`
    with returned as (
      update customer_credit_use set returned_at = ${now}
      where org_id = ${orgId} and invoice_id = ${invoiceId} and returned_at is null
      returning credit_id, amount
    )
    update customer_credit set remaining = remaining + returned.amount
    from returned where org_id = ${orgId} and id = returned.credit_id`.execute(tx)
}

/** Undoes what an invoice that is not final used, as if it had used nothing: it is about to be priced anew. */
export async function undoUse(tx: Tx, orgId: string, invoiceId: string): Promise<void> {
  await lockUsedCredit(tx, orgId, invoiceId)
  await sql`
    with undone as (
      delete from customer_credit_use
      where org_id = ${orgId} and invoice_id = ${invoiceId} and returned_at is null
      returning credit_id, amount
    )
    update customer_credit set remaining = remaining + undone.amount
    from undone where org_id = ${orgId} and id = undone.credit_id`.execute(tx)
}

// In the order in which everybody locks credit.
async function lockUsedCredit(tx: Tx, orgId: string, invoiceId: string): Promise<void> {
  await tx
    .selectFrom('customer_credit')
    .select('id')
    .where('org_id', '=', orgId)
    .where('id', 'in', (uses) =>
      uses
        .selectFrom('customer_credit_use')
        .select('credit_id')
        .where('org_id', '=', orgId)
        .where('invoice_id', '=', invoiceId),
    )
    .orderBy('customer_id')
    .orderBy('created_at')
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}

/** Keeps money for a customer: minor units, granted by an invoice. */
export async function grantCredit(
  tx: Tx,
  orgId: string,
  grant: {
    readonly customerId: string
    readonly currency: string
    readonly amount: bigint
    readonly invoiceId: string
  },
  now: Temporal.Instant,
): Promise<void> {
  const { customerId, currency, amount, invoiceId } = grant
  const row = { org_id: orgId, id: newId('ccr'), customer_id: customerId, currency, amount, remaining: amount }
  await tx
    .insertInto('customer_credit')
    .values({ ...row, granted_by: invoiceId, created_at: now })
    .execute()
}

/**
 * Ends what is left, and what may come back later, of the credit that some invoices granted: its customer has withdrawn from what they
 * were for.
 */
export async function revokeGranted(
  tx: Tx,
  orgId: string,
  invoiceIds: readonly string[],
  now: Temporal.Instant,
): Promise<void> {
  if (invoiceIds.length === 0) return
  await tx
    .updateTable('customer_credit')
    .set({ revoked_at: now })
    .where('org_id', '=', orgId)
    .where('granted_by', 'in', [...invoiceIds])
    .where('revoked_at', 'is', null)
    .execute()
}

/** What an invoice used and the number of the invoice that granted it, first-in first. Used, whether given back or not. */
export async function creditUsedBy(
  db: Db,
  orgId: string,
  invoiceId: string,
): Promise<{ readonly amount: bigint; readonly grantedAt: Temporal.Instant; readonly grantedBy: string }[]> {
  const rows = await db
    .selectFrom('customer_credit_use as use')
    .innerJoin('customer_credit as credit', (join) =>
      join.onRef('credit.org_id', '=', 'use.org_id').onRef('credit.id', '=', 'use.credit_id'),
    )
    .innerJoin('invoice', (join) =>
      join.onRef('invoice.org_id', '=', 'credit.org_id').onRef('invoice.id', '=', 'credit.granted_by'),
    )
    .select(['use.amount', 'credit.created_at', 'invoice.number'])
    .where('use.org_id', '=', orgId)
    .where('use.invoice_id', '=', invoiceId)
    .orderBy('credit.created_at')
    .orderBy('credit.id')
    .execute()
  return rows.map(({ amount, created_at, number }) => ({ amount, grantedAt: created_at, grantedBy: number }))
}
