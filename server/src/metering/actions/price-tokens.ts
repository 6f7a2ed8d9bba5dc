import { unknownAiModel } from '#catalogue/actions/find-ai-models.ts'
import { pricesInForce } from '#catalogue/ai-model.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { dataSetVersion, shippedModels } from '#catalogue/shipped-models.ts'
import type { Running } from '#metering/access.ts'
import type { Metering } from '#metering/metering.ts'
import { costOfTokens, type TokenCost, type TokenUse } from '#metering/token-cost.ts'
import type { ExchangeRate } from '#money/exchange.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

export type TokensAsked = TokenUse & {
  /** `provider/model` or a bare model id, in any case. */
  readonly model: string
}

/** Whose tokens they are: the subscription and its feature's terms, read at a version of the side. */
export type TokenBuyer = { readonly version: bigint; readonly running: Running; readonly terms: FeatureTerms }

/**
 * What tokens cost at the prices in force at a moment: that of the event, not that of its recording. `charged` is what is taken
 * from the balance, rate scale. 404 model_not_found, 400 missing_regional_price. No round trip while nothing has changed.
 */
export async function priceTokens(
  metering: Metering,
  { org }: Context,
  { version, running, terms }: TokenBuyer,
  asked: TokensAsked,
  at: Temporal.Instant,
): Promise<TokenCost | Problem> {
  const name = asked.model.trim().toLowerCase()
  const [shipped, own] = await Promise.all([shippedModels(), metering.terms.ownPrices(org.id, version)])
  const inForce = pricesInForce(name, shipped.find(name), own, at)
  if (!inForce) return unknownAiModel(asked.model)
  const exchangeRate = await exchangeRateOf(metering, org.id, version, running)
  if (exchangeRate === undefined) return withoutExchangeRate(running.currency)
  const { currency } = running
  const pricedWith = { marginBasisPoints: terms.margin ?? 0n, currency, exchangeRate }
  return costOfTokens(asked.model, asked, inForce, pricedWith, dataSetVersion)
}

function exchangeRateOf(
  metering: Metering,
  orgId: string,
  version: bigint,
  { plan, currency }: Running,
): Promise<ExchangeRate | undefined> | null {
  return currency === 'usd' ? null : metering.terms.exchangeRate(orgId, version, plan.id, currency)
}

function withoutExchangeRate(currency: string): Problem {
  return new Problem(
    'missing_regional_price',
    `AI models are priced in US dollars, and the plan has no exchange rate for ${currency}.`,
  )
}
