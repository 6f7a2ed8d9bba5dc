import assert from 'node:assert/strict'
import { type PricesInForce, priceAt } from '#catalogue/ai-model.ts'
import { percentOfUp } from '#money/basis-points.ts'
import { type ExchangeRate, exchangeRateToText, exchangeUp, parseExchangeRate } from '#money/exchange.ts'
import { type Quantity, units } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'
import { type TokenPrice, tokenPriceOfRate, tokenPriceToText, tokensCostUp } from '#money/token-price.ts'

/** The tokens of an event as they are reported: whole numbers; cached ones are part of the input. */
export type TokenUse = {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens?: number | undefined
  readonly cacheWriteTokens?: number | undefined
}

/** Tokens as a request gives them: both counts are there when a model is. */
export type GivenTokenUse = { readonly [Field in keyof TokenUse]?: TokenUse[Field] | undefined }

/** The tokens of a request that names a model. */
export function tokenUseOf(given: GivenTokenUse): TokenUse {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens, cacheWriteTokens } = given
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }
}

/** One kind of token of an event: how many, the price of a million of them, and what they cost (rate scale, rounded up). */
export type TokenPart = { readonly tokens: number; readonly price: TokenPrice; readonly cost: Rate }

/** What the tokens of one event cost, part by part, as it is kept with the event. Costs are rate scale, of US dollars. */
export type TokenCost = {
  /** The model as it was named in the event. */
  readonly asked: string
  readonly provider: string
  readonly model: string
  /** Whose prices: the data set's (with its version) or the organisation's own. */
  readonly source: 'shipped' | 'own'
  readonly dataSet: string | null
  /** Since when the prices held; null where they always did. */
  readonly since: Temporal.Instant | null
  /** Input that came from no cache and went into none. */
  readonly input: TokenPart
  readonly output: TokenPart
  readonly cacheRead: TokenPart
  readonly cacheWrite: TokenPart
  readonly subtotal: Rate
  /** Basis points on the subtotal, and what they come to, rounded up. */
  readonly margin: { readonly basisPoints: bigint; readonly cost: Rate }
  /** Subtotal and margin, in US dollars. */
  readonly total: Rate
  readonly currency: string
  /** What a dollar was in the subscription's currency; null in US dollars. */
  readonly exchangeRate: ExchangeRate | null
  /** What is taken from the balance: the total, in the subscription's currency rounded up. */
  readonly charged: Rate
}

/** What prices are put on: the margin in basis points, and the currency with its rate where it is not the US dollar. */
export type TokenTerms = {
  readonly marginBasisPoints: bigint
  readonly currency: string
  readonly exchangeRate: ExchangeRate | null
}

/** All tokens of an event, cached ones counted once, as part of the input. */
export function allTokens(use: TokenUse): number {
  return inputSize(use) + use.outputTokens
}

/** What is recorded as the value of an event: all its tokens. */
export function tokenValue(use: TokenUse): Quantity {
  return units(allTokens(use))
}

// Some makers report cached tokens beside the input instead of in it: the input is never smaller than what was cached of it.
function inputSize({ inputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 }: TokenUse): number {
  return Math.max(inputTokens, cacheReadTokens + cacheWriteTokens)
}

/**
 * What tokens cost (metering.md, AI tokens): each part rounded up, then the margin rounded up, then the exchange rounded up.
 * Prices for long input hold for all tokens of an event whose input is longer than the tier's.
 */
export function costOfTokens(
  asked: string,
  use: TokenUse,
  inForce: PricesInForce,
  terms: TokenTerms,
  dataSet: string,
): TokenCost {
  const { cacheReadTokens = 0, cacheWriteTokens = 0, outputTokens } = use
  const { prices, source } = inForce
  const size = inputSize(use)
  const part = (tokens: number, price: ModelPrice): TokenPart => partOf(tokens, priceAt(price ?? prices.input, size))
  const input = part(size - cacheReadTokens - cacheWriteTokens, prices.input)
  const output = part(outputTokens, prices.output)
  const cacheRead = part(cacheReadTokens, prices.cacheRead)
  const cacheWrite = part(cacheWriteTokens, prices.cacheWrite)
  const subtotal = input.cost + output.cost + cacheRead.cost + cacheWrite.cost
  const margin = { basisPoints: terms.marginBasisPoints, cost: percentOfUp(subtotal, terms.marginBasisPoints) }
  const total = subtotal + margin.cost
  const { currency, exchangeRate } = terms
  return {
    asked,
    provider: inForce.provider,
    model: inForce.model,
    source,
    dataSet: source === 'shipped' ? dataSet : null,
    since: inForce.since,
    input,
    output,
    cacheRead,
    cacheWrite,
    subtotal,
    margin,
    total,
    currency,
    exchangeRate,
    charged: exchangeRate === null ? total : exchangeUp(total, exchangeRate),
  }
}

type ModelPrice = PricesInForce['prices']['cacheRead']

function partOf(tokens: number, price: TokenPrice): TokenPart {
  return { tokens, price, cost: tokensCostUp(BigInt(tokens), price) }
}

/** As it is kept with the event: prices on the rate scale and costs as exact text, token counts as numbers. */
export type StoredTokenCost = {
  readonly asked: string
  readonly provider: string
  readonly model: string
  readonly source: 'shipped' | 'own'
  readonly dataSet: string | null
  readonly since: string | null
  readonly input: StoredPart
  readonly output: StoredPart
  readonly cacheRead: StoredPart
  readonly cacheWrite: StoredPart
  readonly subtotal: string
  readonly margin: { readonly basisPoints: string; readonly cost: string }
  readonly total: string
  readonly currency: string
  readonly exchangeRate: string | null
  readonly charged: string
}

type StoredPart = { readonly tokens: number; readonly price: string; readonly cost: string }

export function toStoredTokenCost(cost: TokenCost): StoredTokenCost {
  const { asked, provider, model, source, dataSet, since, margin, currency, exchangeRate } = cost
  return {
    asked,
    provider,
    model,
    source,
    dataSet,
    since: since?.toString() ?? null,
    input: storedPart(cost.input),
    output: storedPart(cost.output),
    cacheRead: storedPart(cost.cacheRead),
    cacheWrite: storedPart(cost.cacheWrite),
    subtotal: String(cost.subtotal),
    margin: { basisPoints: String(margin.basisPoints), cost: String(margin.cost) },
    total: String(cost.total),
    currency,
    exchangeRate: exchangeRate === null ? null : exchangeRateToText(exchangeRate),
    charged: String(cost.charged),
  }
}

/** Reads what was kept with an event; throws when it does not add up, as what is not true must not explain a bill. */
export function fromStoredTokenCost(stored: StoredTokenCost): TokenCost {
  const { asked, provider, model, source, dataSet, since, margin, currency, exchangeRate } = stored
  const cost: TokenCost = {
    asked,
    provider,
    model,
    source,
    dataSet,
    since: since === null ? null : Temporal.Instant.from(since),
    input: readPart(stored.input),
    output: readPart(stored.output),
    cacheRead: readPart(stored.cacheRead),
    cacheWrite: readPart(stored.cacheWrite),
    subtotal: BigInt(stored.subtotal),
    margin: { basisPoints: BigInt(margin.basisPoints), cost: BigInt(margin.cost) },
    total: BigInt(stored.total),
    currency,
    exchangeRate: exchangeRate === null ? null : (parseExchangeRate(exchangeRate) ?? null),
    charged: BigInt(stored.charged),
  }
  const { input, output, cacheRead, cacheWrite } = cost
  assert.equal(
    input.cost + output.cost + cacheRead.cost + cacheWrite.cost,
    cost.subtotal,
    'parts add up to the subtotal',
  )
  assert.equal(cost.subtotal + cost.margin.cost, cost.total, 'subtotal and margin are the total')
  return cost
}

const storedPart = ({ tokens, price, cost }: TokenPart): StoredPart => ({
  tokens,
  price: tokenPriceToText(price),
  cost: String(cost),
})

function readPart({ tokens, price, cost }: StoredPart): TokenPart {
  const read = tokenPriceOfRate(price)
  assert(read !== undefined, `${price} is a price`)
  return { tokens, price: read, cost: BigInt(cost) }
}
