import { deleteRegionalPrices, setRegionalPrices } from '#catalogue/actions/set-regional-prices.ts'
import { setRegionalPricing } from '#catalogue/actions/set-regional-pricing.ts'
import * as contract from '#catalogue/regional-pricing.contract.ts'
import { type Route, route } from '#http/operation.ts'
import { parseExchangeRate } from '#money/exchange.ts'

export const regionalPricingRoutes: Route[] = [
  route(contract.setRegionalPricing, async (tx, context, { params, body }) => {
    const { exchangeRate, currency, prices, features, introOffers } = body
    // The contract accepts exact rates above 0 only.
    const rate = parseExchangeRate(exchangeRate) ?? 0n
    const given = { plan: params.id, currency, rate, prices, features, introOffers }
    const { plan, ...counts } = await setRegionalPricing(tx, context, given)
    return { planId: plan.id, currency, exchangeRate, ...counts, object: 'plan', livemode: context.org.livemode }
  }),
  route(contract.setRegionalPrices, async (tx, context, { params, body }) => {
    const target = { plan: params.id, priceId: params.priceId }
    const { price, overrides } = await setRegionalPrices(tx, context, { ...target, overrides: body.overrides })
    return { priceId: price.id, overrides: [...overrides], object: 'plan', livemode: context.org.livemode }
  }),
  route(contract.deleteRegionalPrices, async (tx, context, { params }) => {
    await deleteRegionalPrices(tx, context, { plan: params.id, priceId: params.priceId })
    return { deleted: true, object: 'plan', livemode: context.org.livemode }
  }),
]
