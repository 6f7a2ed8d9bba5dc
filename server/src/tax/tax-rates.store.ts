import type { Db, Tx } from '#database/transaction.ts'
import { type OwnRates, placeKey, type RateChange, type TaxRate } from '#tax/tax-rate.ts'

/** A change with the moment at which it was made. */
export type RecordedRateChange = RateChange & { readonly createdAt: Temporal.Instant }

// A rate of JSON is a number: millionths are small.
type StoredRate = { readonly name: string; readonly rate: number }

/** Adds a change; changes are never edited. */
export async function insertRateChange(tx: Tx, orgId: string, change: RecordedRateChange): Promise<void> {
  const { country, region, revision, validFrom, rates, createdAt } = change
  const stored = rates?.map(({ name, rate }): StoredRate => ({ name, rate: Number(rate) }))
  await tx
    .insertInto('tax_rate')
    .values({
      org_id: orgId,
      country,
      region: region ?? '',
      revision,
      valid_from: validFrom,
      rates: stored ? JSON.stringify(stored) : null,
      created_at: createdAt,
    })
    .execute()
}

/** Every change of an organisation's own rates, in the order they were made. */
export async function listRateChanges(db: Db, orgId: string): Promise<RecordedRateChange[]> {
  const rows = await db
    .selectFrom('tax_rate')
    .selectAll()
    .where('org_id', '=', orgId)
    .orderBy('country')
    .orderBy('region')
    .orderBy('revision')
    .execute()
  return rows.map((row) => ({
    country: row.country,
    region: row.region === '' ? null : row.region,
    revision: row.revision,
    validFrom: row.valid_from,
    rates: row.rates === null ? null : (row.rates as unknown as StoredRate[]).map(rateOf),
    createdAt: row.created_at,
  }))
}

/** The same by place. */
export async function loadOwnRates(db: Db, orgId: string): Promise<OwnRates> {
  return Map.groupBy(await listRateChanges(db, orgId), placeKey)
}

function rateOf({ name, rate }: StoredRate): TaxRate {
  return { name, rate: BigInt(rate) }
}
