import type { Selectable } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Tx } from '#database/transaction.ts'
import type { LedgerModel } from '#metering/ledger.ts'

export type LedgerPurchase = Omit<RecordOf<Selectable<Tables['ledger_purchase']>>, 'orgId'>

export type NewPurchase = {
  readonly invoiceId: string
  readonly subscriptionId: string
  readonly kind: LedgerModel
  /** Credits, or rate scale. */
  readonly amount: bigint
  readonly pack: { readonly id: string; readonly name: string } | null
}

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
      created_at: now,
    })
    .execute()
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
