import { type ListedModel, listedModels, modelKey, pricesInForce } from '#catalogue/ai-model.ts'
import { listPriceChanges, loadOwnPrices, type RecordedPriceChange } from '#catalogue/ai-model-prices.store.ts'
import { shippedModels } from '#catalogue/shipped-models.ts'
import type { Db } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

export type ModelSearch = {
  /** Part of an id or a name, in any case. */
  readonly search?: string | undefined
  readonly provider?: string | undefined
}

/** The models with the prices in force now, by id. */
export async function findAiModels(
  db: Db,
  { org, now }: Pick<Context, 'org' | 'now'>,
  { search = '', provider }: ModelSearch,
): Promise<(ListedModel & { readonly id: string })[]> {
  const [{ list }, own] = await Promise.all([shippedModels(), loadOwnPrices(db, org.id)])
  const part = search.toLowerCase()
  return [...listedModels(list, own, now)]
    .map(([id, model]) => ({ ...model, id }))
    .filter((model) => provider === undefined || model.provider === provider.toLowerCase())
    .filter(({ id, name }) => id.includes(part) || name.toLowerCase().includes(part))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The model that a name stands for, its prices at a moment, and every change of the organisation's own price. 404 model_not_found. */
export async function lookUpAiModel(
  db: Db,
  { org }: Pick<Context, 'org'>,
  given: string,
  at: Temporal.Instant,
): Promise<ListedModel & { readonly changes: readonly RecordedPriceChange[] }> {
  const name = given.trim().toLowerCase()
  const [shipped, all] = await Promise.all([shippedModels(), listPriceChanges(db, org.id)])
  const match = shipped.find(name)
  const own = Map.groupBy(all, ({ provider, model }) => modelKey(provider, model))
  const inForce = pricesInForce(name, match, own, at)
  if (!inForce) throw unknownAiModel(given)
  const changes = own.get(modelKey(inForce.provider, inForce.model)) ?? []
  return { ...inForce, name: match?.model.name ?? inForce.model, changes }
}

/** 404 for a name that has no price. */
export function unknownAiModel(name: string): Problem {
  return new Problem(
    'model_not_found',
    `No price is known for the AI model ${name}. Name it as provider/model, or give it a price with PUT /ai-models.`,
    { param: 'model' },
  )
}
