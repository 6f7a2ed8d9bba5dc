import type { Plan } from '#catalogue/plan.ts'
import type { PlanFeature } from '#catalogue/plan-feature.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { regionalCurrencies } from '#catalogue/region.ts'
import {
  isAutoSynced,
  localPrice,
  localUnitPrice,
  type ManualPrice,
  type RegionalSource,
} from '#catalogue/regional-price.ts'
import { type Currency, currency } from '#money/currency.ts'
import type { ExchangeRate } from '#money/exchange.ts'
import type { Rate } from '#money/rate.ts'
import type { FieldProblem } from '#problem.ts'

/** What a plan says in other currencies now, by currency. Prices and features for which nothing was given are absent. */
export type RegionalPricing = {
  readonly rates: ReadonlyMap<string, ExchangeRate>
  /** By price id, then by currency. */
  readonly prices: ReadonlyMap<string, ReadonlyMap<string, ManualPrice>>
  /** By feature id, then by currency. */
  readonly features: ReadonlyMap<string, ReadonlyMap<string, Rate>>
}

export const noRegionalPricing: RegionalPricing = { rates: new Map(), prices: new Map(), features: new Map() }

/** The currencies in which a plan has any value of its own, in the documented order. */
export function currenciesOf({ rates, prices }: RegionalPricing): Currency[] {
  const isPriced = (code: string) => [...prices.values()].some((byCurrency) => byCurrency.get(code)?.price != null)
  return regionalCurrencies.filter((code) => rates.has(code) || isPriced(code)).map(currency)
}

/** What a price is made from in a currency. */
export function sourceOf(pricing: RegionalPricing, priceId: string, currency: Currency): RegionalSource<ManualPrice> {
  return { currency, rate: pricing.rates.get(currency), manual: pricing.prices.get(priceId)?.get(currency) }
}

export type LocalPrice = { readonly currency: Currency; readonly price: PlanPrice; readonly autoSynced: boolean }

/** A price in every currency in which it has an amount. */
export function localPrices(price: PlanPrice, pricing: RegionalPricing): LocalPrice[] {
  return currenciesOf(pricing).flatMap((currency) => {
    const source = sourceOf(pricing, price.id, currency)
    const local = localPrice(price, source)
    return local ? [{ currency, price: local, autoSynced: isAutoSynced(source.manual) }] : []
  })
}

type Priced = Pick<PlanFeature, 'featureId' | 'overageEnabled' | 'overageUnitPrice'>

/** Whether units of a feature cost money: beyond what is included, or each of them on a balance plan. */
export function hasUnitPrice({ consumptionModel }: Pick<Plan, 'consumptionModel'>, feature: Priced): boolean {
  return feature.overageEnabled || feature.overageUnitPrice > 0n || consumptionModel === 'balance'
}

export type LocalUnitPrice = {
  readonly currency: Currency
  /** Rate scale; null where units have none in this currency. */
  readonly overageUnitPrice: Rate | null
  readonly autoSynced: boolean
}

/** A feature's unit price in every currency of its plan; none for features whose units cost nothing. */
export function localUnitPrices(
  plan: Pick<Plan, 'consumptionModel'>,
  feature: Priced,
  pricing: RegionalPricing,
): LocalUnitPrice[] {
  const given = pricing.features.get(feature.featureId)
  return currenciesOf(pricing).flatMap((currency) => {
    const [rate, manual] = [pricing.rates.get(currency), given?.get(currency)]
    if (manual === undefined && !hasUnitPrice(plan, feature)) return []
    const overageUnitPrice = localUnitPrice(feature.overageUnitPrice, { rate, manual })
    return [{ currency, overageUnitPrice, autoSynced: manual === undefined && rate !== undefined }]
  })
}

/** What keeps a plan from standing beside others that support these currencies: those it lacks, and those they lack. */
export function currencyDifference(
  own: readonly string[],
  others: readonly (readonly string[])[],
): { readonly missing: string[]; readonly missingInGroup: string[] } {
  // Dollars are everybody's; what the United States pay is not another currency.
  const group = new Set(others.flat().filter((code) => code !== 'usd'))
  const mine = new Set(own.filter((code) => code !== 'usd'))
  return {
    missing: [...group].filter((code) => !mine.has(code)),
    missingInGroup: [...mine].filter((code) => !group.has(code)),
  }
}

/** The largest whole number that survives JSON. */
const largest = BigInt(Number.MAX_SAFE_INTEGER)

/** Amounts of a price that become too large for the API in a currency, at the `field` that would make them so. */
export function checkLocalAmounts(price: PlanPrice, pricing: RegionalPricing, field: string): FieldProblem[] {
  const tooLarge = localPrices(price, pricing).find(
    ({ price: { price, includedBalance, introOffer } }) =>
      price > largest || (includedBalance ?? 0n) > largest || (introOffer.discountValue ?? 0n) > largest,
  )
  return tooLarge ? [tooLargeIn(tooLarge.currency, field)] : []
}

/** The same for the unit price of a feature. */
export function checkLocalUnitPrice(
  feature: Priced,
  { rates }: Pick<RegionalPricing, 'rates'>,
  field: string,
): FieldProblem[] {
  const found = [...rates].find(
    ([, rate]) => (localUnitPrice(feature.overageUnitPrice, { rate, manual: undefined }) ?? 0n) > largest,
  )
  return found ? [tooLargeIn(found[0], field)] : []
}

function tooLargeIn(currency: string, field: string): FieldProblem {
  return { field, message: `This makes an amount in ${currency} that is too large for a whole JSON number.` }
}
