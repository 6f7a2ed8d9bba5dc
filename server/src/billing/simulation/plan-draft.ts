import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Currency } from '#money/currency.ts'
import { type ExchangeRate, exchange, exchangeMinor } from '#money/exchange.ts'
import type { Rate } from '#money/rate.ts'
import type { BillingInterval } from '#time/interval.ts'

/** What a draft says about a price; what it leaves out (null) stays as it was. `price` is minor units, the balance rate scale. */
export type PriceDraft = {
  readonly price: bigint | null
  readonly includedCredits: bigint | null
  readonly includedBalance: Rate | null
}

type Settings = Pick<
  FeatureTerms,
  | 'enabled'
  | 'includedAmount'
  | 'unlimited'
  | 'overageEnabled'
  | 'overageUnitPrice'
  | 'creditsPerUnit'
  | 'pricingMode'
  | 'margin'
>

/** What a draft says about a feature: the settings it names hold in every window, the others as they held there. */
export type FeatureDraft = Pick<FeatureTerms, 'featureId' | 'code' | 'name' | 'type' | 'unitName'> & {
  readonly settings: Partial<Settings>
}

/** Terms of a plan as they might be. Money is in `currency`. */
export type PlanDraft = {
  readonly currency: Currency
  readonly prices: ReadonlyMap<BillingInterval, PriceDraft>
  readonly features: ReadonlyMap<string, FeatureDraft>
  /** Null: as it was. */
  readonly blockOnExhaustion: boolean | null
  /** Whether who paid with a discount has the same discount on the draft's base. */
  readonly keepsDiscounts: boolean
}

/** What a feature has that a draft adds to a plan: what it would have if it were added with nothing said. */
const unset: Settings = {
  enabled: true,
  includedAmount: 0n,
  unlimited: false,
  overageEnabled: false,
  overageUnitPrice: 0n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}

/** The terms of a window under a draft. What it switches off is left out. */
export function termsUnder(terms: readonly FeatureTerms[], draft: PlanDraft): FeatureTerms[] {
  const known = new Set(terms.map(({ featureId }) => featureId))
  const changed = terms.map((one) => ({ ...one, ...draft.features.get(one.featureId)?.settings }))
  const added = [...draft.features.values()]
    .filter(({ featureId }) => !known.has(featureId))
    .map(({ settings, ...feature }) => ({ ...feature, ...unset, ...settings }))
  return [...changed, ...added].filter(({ featureId, enabled }) => enabled || !draft.features.has(featureId))
}

/** A draft that is written in US dollars, in another currency at a rate: amounts to its minor unit, rates stay rates. */
export function draftIn(draft: PlanDraft, currency: Currency, rate: ExchangeRate): PlanDraft {
  const prices = [...draft.prices].map(([interval, { price, includedCredits, includedBalance }]) => {
    const local = {
      price: price === null ? null : exchangeMinor(price, rate, currency),
      includedBalance: includedBalance === null ? null : exchange(includedBalance, rate),
    }
    return [interval, { includedCredits, ...local }] as const
  })
  const features = [...draft.features].map(([id, feature]) => {
    const { overageUnitPrice } = feature.settings
    const local = overageUnitPrice === undefined ? {} : { overageUnitPrice: exchange(overageUnitPrice, rate) }
    return [id, { ...feature, settings: { ...feature.settings, ...local } }] as const
  })
  return { ...draft, currency, prices: new Map(prices), features: new Map(features) }
}

/** Whether a draft says nothing in money: it needs no exchange rate then. */
export function isWithoutMoney({ prices, features }: PlanDraft): boolean {
  return (
    [...prices.values()].every(({ price, includedBalance }) => !price && !includedBalance) &&
    [...features.values()].every(({ settings }) => !settings.overageUnitPrice)
  )
}
