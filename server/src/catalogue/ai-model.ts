import type { TokenPrice } from '#money/token-price.ts'

/** The price of one kind of tokens. A tier holds for all tokens of an event whose input is larger than `above` tokens. */
export type TieredPrice = {
  readonly base: TokenPrice
  readonly tiers: readonly { readonly above: number; readonly price: TokenPrice }[]
}

/** What a model charges. Cached tokens without a price of their own cost what input costs. */
export type ModelPrices = {
  readonly input: TieredPrice
  readonly output: TieredPrice
  readonly cacheRead: TieredPrice | null
  readonly cacheWrite: TieredPrice | null
}

/** When prices hold: from a moment on, or every day between two milliseconds of the UTC day. */
export type PriceTime =
  | { readonly kind: 'always' }
  | { readonly kind: 'from'; readonly day: Temporal.PlainDate }
  | { readonly kind: 'daily'; readonly fromMs: number; readonly toMs: number }

export type TimedPrices = { readonly time: PriceTime; readonly prices: ModelPrices }

/** A model of the data set that ships with the product. */
export type ShippedModel = {
  readonly provider: string
  readonly id: string
  readonly name: string
  /** In the order of the data set: the last one that holds counts, and the first one where none does. */
  readonly prices: readonly [TimedPrices, ...TimedPrices[]]
}

/** A shipped model as it was named: the provider that was meant and the model's id there, in lower case. */
export type ShippedMatch = { readonly model: ShippedModel; readonly provider: string; readonly asked: string }

/** A change of an organisation's own price of a model, numbered by the side's version. Null prices: the own price ends. */
export type PriceChange = {
  readonly provider: string
  readonly model: string
  readonly revision: bigint
  readonly effectiveFrom: Temporal.Instant
  readonly prices: ModelPrices | null
}

/** An organisation's own prices, by `provider/model`, each in the order of its changes. */
export type OwnPrices = ReadonlyMap<string, readonly PriceChange[]>

/** Prices in force at a moment, and where they come from. `since` is null where that is unknown: they always held. */
export type PricesInForce = {
  readonly provider: string
  readonly model: string
  readonly source: 'shipped' | 'own'
  readonly since: Temporal.Instant | null
  readonly prices: ModelPrices
}

const dayMs = 86_400_000

/** The shipped prices in force at a moment. */
export function shippedPricesAt({ prices }: ShippedModel, at: Temporal.Instant): TimedPrices {
  return prices.findLast(({ time }) => holds(time, at)) ?? prices[0]
}

function holds(time: PriceTime, at: Temporal.Instant): boolean {
  switch (time.kind) {
    case 'always':
      return true
    case 'from':
      return at.epochMilliseconds >= startOf(time.day).epochMilliseconds
    case 'daily':
      return isWithin(((at.epochMilliseconds % dayMs) + dayMs) % dayMs, time.fromMs, time.toMs)
    default:
      return time satisfies never
  }
}

// An end before the start lies on the next day.
const isWithin = (ms: number, fromMs: number, toMs: number): boolean =>
  toMs < fromMs ? ms >= fromMs || ms < toMs : ms >= fromMs && ms < toMs

const startOf = (day: Temporal.PlainDate): Temporal.Instant => day.toZonedDateTime('UTC').toInstant()

/**
 * The prices of a model at a moment, by the name it was asked for (lower case): the organisation's own ones of exactly that
 * name, then of the shipped model it stands for, then the shipped ones. A bare name that no shipped model has may be one of the
 * organisation's own models. Undefined when nothing has a price then.
 */
export function pricesInForce(
  name: string,
  match: ShippedMatch | undefined,
  own: OwnPrices,
  at: Temporal.Instant,
): PricesInForce | undefined {
  for (const id of ownIdsOf(name, match, own)) {
    const change = changeInForce(own.get(id) ?? [], at, match !== undefined)
    if (change?.prices) {
      const { provider, model, effectiveFrom, prices } = change
      return { provider, model, source: 'own', since: effectiveFrom, prices }
    }
  }
  if (!match) return undefined
  const { time, prices } = shippedPricesAt(match.model, at)
  const since = time.kind === 'from' ? startOf(time.day) : null
  return { provider: match.provider, model: match.model.id, source: 'shipped', since, prices }
}

function* ownIdsOf(name: string, match: ShippedMatch | undefined, own: OwnPrices): Generator<string> {
  yield name
  if (match) {
    yield modelKey(match.provider, match.asked)
    yield modelKey(match.provider, match.model.id)
  } else {
    yield* [...own.keys()].filter((id) => id.slice(id.indexOf('/') + 1) === name).sort()
  }
}

/** How a model is named: `provider/model`, in lower case. */
export function modelKey(provider: string, model: string): string {
  return `${provider}/${model}`.toLowerCase()
}

/**
 * The change in force at a moment: of those effective by then the latest, and of two for one moment the one made later. Before
 * the first price of a model that did not ship, that price holds: clocks differ, and its usage has to cost something.
 */
export function changeInForce(
  changes: readonly PriceChange[],
  at: Temporal.Instant,
  isShipped: boolean,
): PriceChange | undefined {
  const ordered = changes.toSorted(
    (a, b) =>
      Temporal.Instant.compare(a.effectiveFrom, b.effectiveFrom) ||
      (a.revision < b.revision ? -1 : a.revision > b.revision ? 1 : 0),
  )
  const inForce = ordered.findLast(({ effectiveFrom }) => Temporal.Instant.compare(effectiveFrom, at) <= 0)
  return inForce ?? (isShipped ? undefined : ordered[0])
}

/** The price of a kind of tokens in an event with so many input tokens. */
export function priceAt({ base, tiers }: TieredPrice, inputTokens: number): TokenPrice {
  return tiers.findLast(({ above }) => inputTokens > above)?.price ?? base
}

/** A model in a list of prices. */
export type ListedModel = PricesInForce & { readonly name: string }

/** Everything that has a price at a moment, shipped or the organisation's own, by `provider/model`. */
export function listedModels(
  shipped: readonly ShippedModel[],
  own: OwnPrices,
  at: Temporal.Instant,
): ReadonlyMap<string, ListedModel> {
  const listed = new Map<string, ListedModel>()
  for (const model of shipped) {
    const key = modelKey(model.provider, model.id)
    const inForce = pricesInForce(key, { model, provider: model.provider, asked: model.id.toLowerCase() }, own, at)
    if (inForce) listed.set(key, { ...inForce, name: model.name })
  }
  for (const key of own.keys()) {
    const inForce = listed.has(key) ? undefined : pricesInForce(key, undefined, own, at)
    if (inForce) listed.set(key, { ...inForce, name: inForce.model })
  }
  return listed
}

/** What an own price is set for. */
export type OwnModel = { readonly provider: string; readonly model: string }

/**
 * The model that an organisation's own price of this name is for: a shipped one by the name it was given (a price for a dated name
 * is for that name alone), or another one as `provider/model`. Undefined for a bare name that no shipped model has.
 */
export function ownModelOf(name: string, match: ShippedMatch | undefined): OwnModel | undefined {
  if (match) return { provider: match.provider, model: match.asked }
  const slash = name.indexOf('/')
  const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)]
  return slash > 0 && model !== '' ? { provider, model } : undefined
}

/** Prices that are the same however long the input is. */
export function flatPrices(given: {
  readonly inputPrice: TokenPrice
  readonly outputPrice: TokenPrice
  readonly cacheReadPrice?: TokenPrice | null | undefined
  readonly cacheWritePrice?: TokenPrice | null | undefined
}): ModelPrices {
  const flat = (base: TokenPrice | null | undefined): TieredPrice | null =>
    base === null || base === undefined ? null : { base, tiers: [] }
  return {
    input: { base: given.inputPrice, tiers: [] },
    output: { base: given.outputPrice, tiers: [] },
    cacheRead: flat(given.cacheReadPrice),
    cacheWrite: flat(given.cacheWritePrice),
  }
}
