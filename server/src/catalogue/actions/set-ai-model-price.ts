import { changeInForce, type ModelPrices, modelKey, type OwnModel, ownModelOf } from '#catalogue/ai-model.ts'
import { insertPriceChange, loadOwnPrices, type RecordedPriceChange } from '#catalogue/ai-model-prices.store.ts'
import { shippedModels } from '#catalogue/shipped-models.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { invalidField, Problem } from '#problem.ts'

export type PriceSetting = {
  /** A shipped model by any of its names, or another one as `provider/model`. */
  readonly model: string
  /** From when on; now when absent. */
  readonly effectiveFrom?: Temporal.Instant | undefined
}

type Setter = Pick<Context, 'org' | 'now'>

/**
 * Sets an organisation's own price of a model for usage from a moment on, without tiers. Earlier prices are kept, and so is the
 * cost of everything that is recorded. 422 for a bare name that no shipped model has.
 */
export async function setAiModelPrice(
  tx: Tx,
  context: Setter,
  setting: PriceSetting & { readonly prices: ModelPrices },
): Promise<RecordedPriceChange> {
  const model = await requireName(setting.model)
  return addChange(tx, context, model, setting.effectiveFrom, setting.prices)
}

/** Ends an organisation's own price from a moment on. 404 model_not_found when none is in force then. */
export async function removeAiModelPrice(tx: Tx, context: Setter, setting: PriceSetting): Promise<RecordedPriceChange> {
  const model = await requireName(setting.model)
  const from = setting.effectiveFrom ?? context.now
  const own = (await loadOwnPrices(tx, context.org.id)).get(modelKey(model.provider, model.model)) ?? []
  if (!changeInForce(own, from, true)?.prices) {
    throw new Problem('model_not_found', `${setting.model} has no price of your own that could end then.`, {
      param: 'model',
    })
  }
  return addChange(tx, context, model, from, null)
}

async function requireName(given: string): Promise<OwnModel> {
  const name = given.trim().toLowerCase()
  const model = ownModelOf(name, (await shippedModels()).find(name))
  if (!model) throw invalidField('model', 'No shipped model has this name. Name your own as provider/model.')
  return model
}

async function addChange(
  tx: Tx,
  { org, now }: Setter,
  model: OwnModel,
  effectiveFrom: Temporal.Instant | undefined,
  prices: ModelPrices | null,
): Promise<RecordedPriceChange> {
  const revision = await moveVersion(tx, org.id)
  // Whole milliseconds, as timestamps of usage have.
  const from = (effectiveFrom ?? now).round({ smallestUnit: 'millisecond', roundingMode: 'floor' })
  const change = { ...model, revision, effectiveFrom: from, prices, createdAt: now }
  await insertPriceChange(tx, org.id, change)
  return change
}
