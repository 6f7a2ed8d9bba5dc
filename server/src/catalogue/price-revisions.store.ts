import type { Db } from '#database/transaction.ts'

/** An amount that a price had. */
export type PriceRevision = {
  readonly number: number
  /** Minor units of USD. */
  readonly price: bigint
  readonly effectiveAt: Temporal.Instant
}

/** One amount of a price by its number. */
export async function findPriceRevision(
  db: Db,
  orgId: string,
  { priceId, revision }: { readonly priceId: string; readonly revision: number },
): Promise<PriceRevision | undefined> {
  const row = await db
    .selectFrom('plan_price_revision')
    .select(['number', 'price', 'effective_at'])
    .where('org_id', '=', orgId)
    .where('price_id', '=', priceId)
    .where('number', '=', revision)
    .executeTakeFirst()
  return row && { number: row.number, price: row.price, effectiveAt: row.effective_at }
}

/** The last revision with which a price had an amount by a moment; undefined when it never had. */
export async function findListedRevision(
  db: Db,
  orgId: string,
  listed: { readonly priceId: string; readonly price: bigint; readonly at: Temporal.Instant },
): Promise<number | undefined> {
  const row = await db
    .selectFrom('plan_price_revision')
    .select('number')
    .where('org_id', '=', orgId)
    .where('price_id', '=', listed.priceId)
    .where('price', '=', listed.price)
    .where('effective_at', '<=', listed.at)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.number
}

/** The amount a price had at a moment; undefined before it had one. */
export async function findRevisionAt(
  db: Db,
  orgId: string,
  priceId: string,
  at: Temporal.Instant,
): Promise<PriceRevision | undefined> {
  const row = await db
    .selectFrom('plan_price_revision')
    .select(['number', 'price', 'effective_at'])
    .where('org_id', '=', orgId)
    .where('price_id', '=', priceId)
    .where('effective_at', '<=', at)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { number: row.number, price: row.price, effectiveAt: row.effective_at }
}
