import type { Selectable } from 'kysely'
import type { PaymentTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import type { Payment } from '#payments/payment.ts'
import { type KeptTax, taxOfJson, taxToJson } from '#tax/treatment.ts'

/** The request that asks for a payment: its Idempotency-Key, if it has one, and when it came (machine time). */
export type PaymentRequest = { readonly key: Context['idempotency']; readonly at: Temporal.Instant }

/** How long a request is known by its key (http.md, Idempotency). */
const keyIsKept = Temporal.Duration.from({ hours: 24 })

export async function insertPayment(
  tx: Tx,
  orgId: string,
  payment: Omit<Payment, 'orgId' | 'invoiceId' | 'paidAt' | 'updatedAt'>,
  request: PaymentRequest | null = null,
): Promise<Payment> {
  const row = await tx
    .insertInto('payment')
    .values({
      org_id: orgId,
      id: payment.id,
      kind: payment.kind,
      status: payment.status,
      customer_id: payment.customerId,
      subscription_id: payment.subscriptionId,
      provider: payment.provider,
      connection_id: payment.connectionId,
      amount_subtotal: payment.amountSubtotal,
      tax_amount: payment.taxAmount,
      tax: JSON.stringify(taxToJson(payment.tax)),
      currency: payment.currency,
      description: payment.description,
      metadata: payment.metadata && JSON.stringify(payment.metadata),
      success_url: payment.successUrl,
      expires_at: payment.expiresAt,
      request_key: request?.key?.key ?? null,
      request_fingerprint: request?.key?.fingerprint ?? null,
      requested_at: request?.at ?? null,
      created_at: payment.createdAt,
      updated_at: payment.createdAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return paymentOf(row)
}

export async function findPayment(db: Db, orgId: string, id: string): Promise<Payment | undefined> {
  const row = await db
    .selectFrom('payment')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && paymentOf(row)
}

/** Locks the payment until the transaction ends. */
export async function lockPayment(tx: Tx, orgId: string, id: string): Promise<Payment | undefined> {
  const row = await tx
    .selectFrom('payment')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && paymentOf(row)
}

/** The payment that an earlier delivery of the same request began; undefined when there is none. */
export async function findPaymentBegunBy(
  tx: Tx,
  orgId: string,
  { key, at }: PaymentRequest,
): Promise<Payment | undefined> {
  if (key === null) return undefined
  const row = await tx
    .selectFrom('payment')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('request_key', '=', key.key)
    .where('request_fingerprint', '=', key.fingerprint)
    .where('requested_at', '>', at.subtract(keyIsKept))
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && paymentOf(row)
}

/** Payments, newest first, those before the id `after`. */
export async function listPayments(
  db: Db,
  orgId: string,
  filter: { readonly customerId?: string | undefined },
  limit: number,
  after: string | undefined,
): Promise<Payment[]> {
  let query = db.selectFrom('payment').selectAll().where('org_id', '=', orgId)
  if (filter.customerId !== undefined) query = query.where('customer_id', '=', filter.customerId)
  if (after !== undefined) query = query.where('id', '<', after)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return rows.map(paymentOf)
}

/** Changes a locked payment. */
export async function updatePayment(
  tx: Tx,
  { orgId, id }: Pick<Payment, 'orgId' | 'id'>,
  changes: Pick<Payment, 'updatedAt'> &
    Partial<
      Pick<
        Payment,
        'status' | 'customerId' | 'invoiceId' | 'paidAt' | 'provider' | 'connectionId' | 'tax' | 'taxAmount'
      >
    >,
): Promise<Payment> {
  const row = await tx
    .updateTable('payment')
    .set({
      updated_at: changes.updatedAt,
      status: changes.status,
      customer_id: changes.customerId,
      invoice_id: changes.invoiceId,
      paid_at: changes.paidAt,
      provider: changes.provider,
      connection_id: changes.connectionId,
      tax_amount: changes.taxAmount,
      tax: changes.tax && JSON.stringify(taxToJson(changes.tax)),
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return paymentOf(row)
}

function paymentOf(row: Selectable<PaymentTable>): Payment {
  return {
    orgId: row.org_id,
    id: row.id,
    kind: row.kind,
    status: row.status,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    provider: row.provider,
    connectionId: row.connection_id,
    amountSubtotal: row.amount_subtotal,
    taxAmount: row.tax_amount,
    tax: taxOfJson(row.tax as unknown as KeptTax | null),
    currency: row.currency,
    description: row.description,
    metadata: row.metadata as Payment['metadata'],
    successUrl: row.success_url,
    expiresAt: row.expires_at,
    invoiceId: row.invoice_id,
    paidAt: row.paid_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
