import type { Selectable } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { LedgerModel } from '#metering/ledger.ts'
import { type ExchangeRate, exchangeRateToText } from '#money/exchange.ts'
import type { Context } from '#organisations/org.ts'

export type LedgerPurchase = Omit<RecordOf<Selectable<Tables['ledger_purchase']>>, 'orgId'>

export type NewPurchase = {
  readonly invoiceId: string
  readonly subscriptionId: string
  readonly kind: LedgerModel
  /** Credits, or rate scale. */
  readonly amount: bigint
  /** With its price in minor units of USD, and what a dollar was where it was not sold in canonical ones. */
  readonly pack: {
    readonly id: string
    readonly name: string
    readonly price: bigint
    readonly exchangeRate: ExchangeRate | null
  } | null
  readonly request: PurchaseRequest
}

/** The request that asks for a purchase: its Idempotency-Key, if it has one, and when it came (machine time). */
export type PurchaseRequest = { readonly key: Context['idempotency']; readonly at: Temporal.Instant }

/** How long a request is known by its key (http.md, Idempotency). */
const keyIsKept = Temporal.Duration.from({ hours: 24 })

/** Writes what an invoice adds once it is paid. */
export async function insertPurchase(
  tx: Tx,
  orgId: string,
  { pack, ...purchase }: NewPurchase,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('ledger_purchase')
    .values({
      org_id: orgId,
      invoice_id: purchase.invoiceId,
      subscription_id: purchase.subscriptionId,
      kind: purchase.kind,
      amount: purchase.amount,
      credit_pack_id: pack?.id ?? null,
      credit_pack_name: pack?.name ?? null,
      credit_pack_price: pack?.price ?? null,
      credit_pack_rate: pack?.exchangeRate == null ? null : exchangeRateToText(pack.exchangeRate),
      request_key: purchase.request.key?.key ?? null,
      request_fingerprint: purchase.request.key?.fingerprint ?? null,
      requested_at: purchase.request.at,
      created_at: now,
    })
    .execute()
}

/** The purchase that an earlier delivery of the same request began; undefined when there is none. */
export async function findPurchaseBegunBy(
  tx: Tx,
  orgId: string,
  { key, at }: PurchaseRequest,
): Promise<LedgerPurchase | undefined> {
  if (key === null) return undefined
  const row = await tx
    .selectFrom('ledger_purchase')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('request_key', '=', key.key)
    .where('request_fingerprint', '=', key.fingerprint)
    .where('requested_at', '>', at.subtract(keyIsKept))
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Marks a purchase as fulfilled and gives it; undefined when it was before. */
export async function fulfilPurchase(
  tx: Tx,
  orgId: string,
  invoiceId: string,
  now: Temporal.Instant,
): Promise<LedgerPurchase | undefined> {
  const row = await tx
    .updateTable('ledger_purchase')
    .set({ fulfilled_at: now })
    .where('org_id', '=', orgId)
    .where('invoice_id', '=', invoiceId)
    .where('fulfilled_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** What an invoice adds, or added. */
export async function findPurchase(db: Db, orgId: string, invoiceId: string): Promise<LedgerPurchase | undefined> {
  const row = await db
    .selectFrom('ledger_purchase')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirst()
  return row && fromRow(row)
}
