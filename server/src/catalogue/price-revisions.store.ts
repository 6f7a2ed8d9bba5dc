import { sql } from 'kysely'
import type { Region } from '#catalogue/region.ts'
import type { Db } from '#database/transaction.ts'
import type { Rate } from '#money/rate.ts'

/** The amounts that a price had. */
export type PriceRevision = {
  readonly number: number
  /** Minor units of USD. */
  readonly price: bigint
  readonly includedCredits: bigint | null
  /** Rate scale of USD. */
  readonly includedBalance: Rate | null
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
    .select(['number', 'price', 'included_credits', 'included_balance', 'effective_at'])
    .where('org_id', '=', orgId)
    .where('price_id', '=', priceId)
    .where('number', '=', revision)
    .executeTakeFirst()
  return row && revisionOf(row)
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
    .select(['number', 'price', 'included_credits', 'included_balance', 'effective_at'])
    .where('org_id', '=', orgId)
    .where('price_id', '=', priceId)
    .where('effective_at', '<=', at)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && revisionOf(row)
}

/** A span of time, both ends left out. */
export type Span = { readonly from: Temporal.Instant; readonly before: Temporal.Instant }

/** The revisions of a price within a span, in their order. */
export async function findRevisionsWithin(
  db: Db,
  orgId: string,
  priceId: string,
  { from, before }: Span,
): Promise<PriceRevision[]> {
  const rows = await db
    .selectFrom('plan_price_revision')
    .select(['number', 'price', 'included_credits', 'included_balance', 'effective_at'])
    .where('org_id', '=', orgId)
    .where('price_id', '=', priceId)
    .where('effective_at', '>', from)
    .where('effective_at', '<', before)
    .orderBy('number')
    .execute()
  return rows.map(revisionOf)
}

/** The moments within a span at which something was said of a price in a region, the first one first. */
export async function findRegionalChanges(
  db: Db,
  orgId: string,
  { id, planId, region }: { readonly id: string; readonly planId: string; readonly region: Region },
  { from, before }: Span,
): Promise<Temporal.Instant[]> {
  if (region === null) return []
  const { rows } = await sql<{ effective_at: Temporal.Instant }>`
    select effective_at from plan_exchange_rate
    where org_id = ${orgId} and plan_id = ${planId} and currency = ${region}
      and effective_at > ${from} and effective_at < ${before}
    union
    select effective_at from plan_price_regional
    where org_id = ${orgId} and price_id = ${id} and currency = ${region}
      and effective_at > ${from} and effective_at < ${before}
    order by effective_at`.execute(db)
  return rows.map(({ effective_at }) => effective_at)
}

function revisionOf(row: {
  readonly number: number
  readonly price: bigint
  readonly included_credits: bigint | null
  readonly included_balance: Rate | null
  readonly effective_at: Temporal.Instant
}): PriceRevision {
  return {
    number: row.number,
    price: row.price,
    includedCredits: row.included_credits,
    includedBalance: row.included_balance,
    effectiveAt: row.effective_at,
  }
}
