import assert from 'node:assert/strict'
import type { ConditionalPrice, ModelInfo, Provider, TieredPrices } from '@pydantic/genai-prices'
import {
  type ModelPrices,
  modelKey,
  type PriceTime,
  type ShippedMatch,
  type ShippedModel,
  type TieredPrice,
  type TimedPrices,
} from '#catalogue/ai-model.ts'
import { type TokenPrice, tokenPriceOfDollars } from '#money/token-price.ts'

/** The version of the data set, as it is kept with every event that was priced by it. */
export const dataSetVersion = '0.1.8'

/** The models that ship with the product. */
export type ShippedModels = {
  /** By provider and id, in the order of the data set. */
  readonly list: readonly ShippedModel[]
  /** The model that a name stands for, `provider/model` or bare, in any case. */
  find(name: string): ShippedMatch | undefined
}

let loading: Promise<ShippedModels> | undefined

/** Loads the data set when it is first needed, from the package's own files: nothing is asked of the network. */
export function shippedModels(): Promise<ShippedModels> {
  loading ??= load()
  return loading
}

type DataSet = typeof import('@pydantic/genai-prices')

/** Names are few, but whoever sends wrong ones must not fill the memory. */
const mostRemembered = 5_000

async function load(): Promise<ShippedModels> {
  const dataSet = await import('@pydantic/genai-prices')
  const providers = await dataSet.waitForUpdate()
  assert(providers, 'the package carries its data set')
  const models = new Map<ModelInfo, ShippedModel>()
  for (const provider of providers) for (const model of provider.models) convert(models, provider, model)
  const list = [...models.values()]
  const exact = new Map(makersFirst(providers, list).map((model) => [model.id.toLowerCase(), model]))
  const byKey = new Map(list.map((model) => [modelKey(model.provider, model.id), model]))
  const names = new Map<string, ShippedMatch | undefined>()
  return {
    list,
    find(given) {
      const name = given.trim().toLowerCase()
      if (names.has(name)) return names.get(name)
      const found = findIn(dataSet, models, byKey, name) ?? findExact(exact, name)
      if (names.size >= mostRemembered) names.clear()
      names.set(name, found)
      return found
    },
  }
}

// By the rules of the package: a provider and one of its models, else the maker whose models are named like this.
function findIn(
  { calcPrice, findProvider }: DataSet,
  models: ReadonlyMap<ModelInfo, ShippedModel>,
  byKey: ReadonlyMap<string, ShippedModel>,
  name: string,
): ShippedMatch | undefined {
  const slash = name.indexOf('/')
  const provider = slash > 0 ? findProvider({ providerId: name.slice(0, slash) }) : undefined
  if (provider) {
    const asked = name.slice(slash + 1)
    const found = calcPrice({}, asked, { providerId: provider.id })
    const model = (found && models.get(found.model)) ?? byKey.get(modelKey(provider.id, asked))
    if (model) return { model, provider: provider.id, asked }
  }
  const found = calcPrice({}, name)
  const model = found && models.get(found.model)
  return model ? { model, provider: found.provider.id, asked: name } : undefined
}

// A name that no rule gives to anybody is only good as it is written: rules made for one host would claim others' models.
function findExact(exact: ReadonlyMap<string, ShippedModel>, name: string): ShippedMatch | undefined {
  const model = exact.get(name)
  return model && { model, provider: model.provider, asked: name }
}

/** Makers whose models the package knows by provider only. */
const quietMakers = ['perplexity', 'arcee', 'zai']

// In reverse, so that in a map by id the first one wins: makers, then those who host the models of others.
function makersFirst(providers: readonly Provider[], list: readonly ShippedModel[]): ShippedModel[] {
  const makers = new Set(providers.filter(({ model_match }) => model_match !== undefined).map(({ id }) => id))
  const placeOf = ({ provider }: ShippedModel): number =>
    makers.has(provider) ? 0 : quietMakers.includes(provider) ? 1 : 2
  return list.toSorted((a, b) => placeOf(a) - placeOf(b)).reverse()
}

// Models without a price for input tokens are sold by the second, the page or the picture.
function convert(models: Map<ModelInfo, ShippedModel>, provider: Provider, model: ModelInfo): void {
  const given: readonly ConditionalPrice[] = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }]
  const [first, ...others] = given.flatMap((one) => convertTimed(one))
  if (!first) return
  models.set(model, { provider: provider.id, id: model.id, name: model.name ?? model.id, prices: [first, ...others] })
}

function convertTimed({ constraint, prices }: ConditionalPrice): TimedPrices[] {
  const { input_mtok: input, output_mtok: output, cache_read_mtok: read, cache_write_mtok: write } = prices
  if (input === undefined) return []
  const converted: ModelPrices = {
    input: tiered(input),
    output: tiered(output ?? 0),
    cacheRead: read === undefined ? null : tiered(read),
    cacheWrite: write === undefined ? null : tiered(write),
  }
  return [{ time: timeOf(constraint), prices: converted }]
}

function timeOf(constraint: ConditionalPrice['constraint']): PriceTime {
  switch (constraint?.type) {
    case undefined:
      return { kind: 'always' }
    case 'start_date':
      return { kind: 'from', day: Temporal.PlainDate.from(constraint.start_date) }
    case 'time_of_date':
      return { kind: 'daily', fromMs: utcMs(constraint.start_time), toMs: utcMs(constraint.end_time) }
    default:
      return constraint satisfies never
  }
}

// A time of day with its offset, on a day that does not matter.
const utcMs = (time: string): number => Temporal.Instant.from(`2026-01-02T${time}`).epochMilliseconds % 86_400_000

function tiered(price: number | TieredPrices): TieredPrice {
  if (typeof price === 'number') return { base: dollars(price), tiers: [] }
  const tiers = price.tiers.toSorted((a, b) => a.start - b.start)
  return {
    base: dollars(price.base),
    tiers: tiers.map(({ start, price: tier }) => ({ above: start, price: dollars(tier) })),
  }
}

function dollars(price: number): TokenPrice {
  const exact = tokenPriceOfDollars(price)
  assert(exact !== undefined, `${price} is a price`)
  return exact
}
