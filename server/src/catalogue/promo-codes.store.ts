import { type Selectable, sql } from 'kysely'
import type { Changes } from '#catalogue/changes.ts'
import type { PromoCode, PromoCodeTerms } from '#catalogue/promo-code.ts'
import { fromRow } from '#database/records.ts'
import type { PromoCodeTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'

type Row = Selectable<PromoCodeTable>
export type NewPromoCode = PromoCodeTerms & Pick<PromoCode, 'id' | 'code'>

/** Writes a code. Undefined when the code is taken. */
export async function insertPromoCode(
  tx: Tx,
  orgId: string,
  promo: NewPromoCode,
  now: Temporal.Instant,
): Promise<PromoCode | undefined> {
  const row = await tx
    .insertInto('promo_code')
    .values({ org_id: orgId, ...columnsOf(promo), ...fixedColumnsOf(promo), created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.columns(['org_id', 'code']).doNothing())
    .returningAll()
    .executeTakeFirst()
  return row && promoCodeOf(row)
}

/** Locks a code until the transaction ends: uses of it and changes come one after the other. */
export async function lockPromoCode(tx: Tx, orgId: string, id: string): Promise<PromoCode | undefined> {
  const row = await ofSide(tx, orgId).where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
  return row && promoCodeOf(row)
}

export async function findPromoCode(db: Db, orgId: string, id: string): Promise<PromoCode | undefined> {
  const row = await ofSide(db, orgId).where('id', '=', id).executeTakeFirst()
  return row && promoCodeOf(row)
}

/** A code as a customer knows it, in capital letters. */
export async function findPromoCodeByCode(db: Db, orgId: string, code: string): Promise<PromoCode | undefined> {
  const row = await ofSide(db, orgId).where('code', '=', code).executeTakeFirst()
  return row && promoCodeOf(row)
}

/** Newest first, those after the id `after`. */
export async function listPromoCodes(
  db: Db,
  orgId: string,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<PromoCode[]> {
  let query = ofSide(db, orgId)
  if (page.after !== undefined) query = query.where('id', '<', page.after)
  return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(promoCodeOf)
}

export async function updatePromoCode(
  tx: Tx,
  orgId: string,
  id: string,
  changes: Changes<PromoCodeTerms>,
  now: Temporal.Instant,
): Promise<PromoCode> {
  const row = await tx
    .updateTable('promo_code')
    .set({ ...columnsOf(changes), updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return promoCodeOf(row)
}

/** Moves the counts of a code; one beyond its cap violates the table's check. */
export async function countUses(
  tx: Tx,
  orgId: string,
  id: string,
  by: { readonly held: number; readonly redeemed: number; readonly honoured?: number },
): Promise<void> {
  await tx
    .updateTable('promo_code')
    .set({
      held: sql`held + ${by.held}::int`,
      redeemed: sql`redeemed + ${by.redeemed}::int`,
      honoured: sql`honoured + ${by.honoured ?? 0}::int`,
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

function ofSide(db: Db, orgId: string) {
  return db.selectFrom('promo_code').selectAll().where('org_id', '=', orgId)
}

function fixedColumnsOf({ id, code, discountType, discountValue, durationCycles }: NewPromoCode) {
  return {
    id,
    code,
    discount_type: discountType,
    discount_value: discountValue,
    duration_cycles: durationCycles,
  }
}

// What may be edited later.
function columnsOf({ billingInterval, maxRedemptions, expiresAt, isActive, planIds }: Changes<PromoCodeTerms>) {
  return {
    billing_interval: billingInterval,
    max_redemptions: maxRedemptions,
    expires_at: expiresAt,
    is_active: isActive,
    plan_ids: planIds && [...planIds],
  }
}

function promoCodeOf(row: Row): PromoCode {
  const { orgId: _org, ...promo } = fromRow(row)
  return promo
}
