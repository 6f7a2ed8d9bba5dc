import assert from 'node:assert/strict'
import type { Selectable } from 'kysely'
import { type ModelPrices, modelKey, type OwnPrices, type PriceChange, type TieredPrice } from '#catalogue/ai-model.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { type TokenPrice, tokenPriceOfRate, tokenPriceToText } from '#money/token-price.ts'

/** A price change with the moment at which it was made. */
export type RecordedPriceChange = PriceChange & { readonly createdAt: Temporal.Instant }

/** Adds a change; changes are never edited. Own prices have no tiers. */
export async function insertPriceChange(tx: Tx, orgId: string, change: RecordedPriceChange): Promise<void> {
  const { provider, model, revision, effectiveFrom, prices, createdAt } = change
  await tx
    .insertInto('ai_model_price')
    .values({
      org_id: orgId,
      provider,
      model,
      revision,
      effective_from: effectiveFrom,
      removed: prices === null,
      input_price: textOf(prices?.input),
      output_price: textOf(prices?.output),
      cache_read_price: textOf(prices?.cacheRead),
      cache_write_price: textOf(prices?.cacheWrite),
      created_at: createdAt,
    })
    .execute()
}

/** Every change of every model's own price, in the order they were made. */
export async function listPriceChanges(db: Db, orgId: string): Promise<RecordedPriceChange[]> {
  const rows = await db
    .selectFrom('ai_model_price')
    .selectAll()
    .where('org_id', '=', orgId)
    .orderBy('provider')
    .orderBy('model')
    .orderBy('revision')
    .execute()
  return rows.map(changeOf)
}

/** The organisation's own prices by `provider/model`. */
export async function loadOwnPrices(db: Db, orgId: string): Promise<OwnPrices> {
  return Map.groupBy(await listPriceChanges(db, orgId), ({ provider, model }) => modelKey(provider, model))
}

function changeOf(row: Selectable<Tables['ai_model_price']>): RecordedPriceChange {
  return {
    provider: row.provider,
    model: row.model,
    revision: row.revision,
    effectiveFrom: row.effective_from,
    prices: row.removed ? null : pricesOf(row),
    createdAt: row.created_at,
  }
}

function pricesOf(row: Selectable<Tables['ai_model_price']>): ModelPrices {
  const [input, output] = [flatOf(row.input_price), flatOf(row.output_price)]
  assert(input && output, 'a change that removes nothing has prices')
  return { input, output, cacheRead: flatOf(row.cache_read_price), cacheWrite: flatOf(row.cache_write_price) }
}

function flatOf(text: string | null): TieredPrice | null {
  if (text === null) return null
  const base: TokenPrice | undefined = tokenPriceOfRate(text)
  assert(base !== undefined, `${text} is a price`)
  return { base, tiers: [] }
}

const textOf = (price: TieredPrice | null | undefined): string | null => (price ? tokenPriceToText(price.base) : null)
