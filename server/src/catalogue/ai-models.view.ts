import type * as z from 'zod'
import { type ListedModel, type ModelPrices, modelKey, type PriceChange, priceAt } from '#catalogue/ai-model.ts'
import type { AiModel, AiModelPrice } from '#catalogue/ai-models.contract.ts'

export function toApiAiModel(model: ListedModel, livemode: boolean): z.output<typeof AiModel> {
  return {
    id: modelKey(model.provider, model.model),
    provider: model.provider,
    model: model.model,
    name: model.name,
    source: model.source,
    ...pricesFor(model.prices, 0),
    longInput: tiersOf(model.prices).map((above) => ({ above, ...pricesFor(model.prices, above + 1) })),
    effectiveFrom: model.since,
    object: 'ai_model',
    livemode,
  }
}

export function toApiPriceChange(
  { provider, model, prices, effectiveFrom, createdAt }: PriceChange & { readonly createdAt: Temporal.Instant },
  livemode: boolean,
): z.output<typeof AiModelPrice> {
  return {
    id: modelKey(provider, model),
    ...(prices ? pricesFor(prices, 0) : withoutPrices),
    removed: prices === null,
    effectiveFrom,
    createdAt,
    object: 'ai_model_price',
    livemode,
  }
}

const withoutPrices = { inputPrice: null, outputPrice: null, cacheReadPrice: null, cacheWritePrice: null }

function pricesFor({ input, output, cacheRead, cacheWrite }: ModelPrices, inputTokens: number) {
  return {
    inputPrice: priceAt(input, inputTokens),
    outputPrice: priceAt(output, inputTokens),
    cacheReadPrice: cacheRead && priceAt(cacheRead, inputTokens),
    cacheWritePrice: cacheWrite && priceAt(cacheWrite, inputTokens),
  }
}

function tiersOf({ input, output, cacheRead, cacheWrite }: ModelPrices): number[] {
  const starts = [input, output, cacheRead, cacheWrite].flatMap((price) => price?.tiers.map(({ above }) => above) ?? [])
  return [...new Set(starts)].sort((a, b) => a - b)
}
