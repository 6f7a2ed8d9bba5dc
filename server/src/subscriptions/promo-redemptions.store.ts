import type { Selectable } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { PromoCodeRedemptionTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'

export type Redemption = RecordOf<Selectable<PromoCodeRedemptionTable>>
/** A customer's use of a code: there is one at most, ever. */
export type RedemptionKey = { readonly promoCodeId: string; readonly customerId: string }

export async function findRedemption(db: Db, orgId: string, key: RedemptionKey): Promise<Redemption | undefined> {
  const row = await db
    .selectFrom('promo_code_redemption')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('promo_code_id', '=', key.promoCodeId)
    .where('customer_id', '=', key.customerId)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Holds a customer's use for a payment in flight. A second use of the same code violates the primary key. */
export async function insertHeld(
  tx: Tx,
  orgId: string,
  key: RedemptionKey & { readonly subscriptionId: string },
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('promo_code_redemption')
    .values({
      org_id: orgId,
      promo_code_id: key.promoCodeId,
      customer_id: key.customerId,
      subscription_id: key.subscriptionId,
      state: 'held',
      created_at: now,
    })
    .execute()
}

/** Writes a customer's use of an invoice that is paid already. `beyondCap`: the code had no room for it any more. */
export async function insertRedeemed(
  tx: Tx,
  orgId: string,
  { subscriptionId, beyondCap, ...key }: RedemptionKey & Pick<Redemption, 'subscriptionId' | 'beyondCap'>,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('promo_code_redemption')
    .values({
      org_id: orgId,
      promo_code_id: key.promoCodeId,
      customer_id: key.customerId,
      subscription_id: subscriptionId,
      state: 'redeemed',
      redeemed_at: now,
      beyond_cap: beyondCap,
      created_at: now,
    })
    .execute()
}

export async function markRedeemed(tx: Tx, orgId: string, key: RedemptionKey, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('promo_code_redemption')
    .set({ state: 'redeemed', redeemed_at: now })
    .where('org_id', '=', orgId)
    .where('promo_code_id', '=', key.promoCodeId)
    .where('customer_id', '=', key.customerId)
    .where('state', '=', 'held')
    .executeTakeFirstOrThrow()
}

export async function deleteHeld(tx: Tx, orgId: string, key: RedemptionKey): Promise<void> {
  await tx
    .deleteFrom('promo_code_redemption')
    .where('org_id', '=', orgId)
    .where('promo_code_id', '=', key.promoCodeId)
    .where('customer_id', '=', key.customerId)
    .where('state', '=', 'held')
    .execute()
}
