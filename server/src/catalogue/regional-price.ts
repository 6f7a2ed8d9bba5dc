import type { DiscountType, IntroOffer, PlanPrice } from '#catalogue/plan-price.ts'
import type { Currency } from '#money/currency.ts'
import { type ExchangeRate, exchange, exchangeMinor } from '#money/exchange.ts'
import type { Rate } from '#money/rate.ts'
import { divideRounded } from '#money/rounding.ts'

/** An intro offer that was given by hand for a currency: it holds there whatever the one in dollars says. */
export type RegionalOffer = {
  readonly discountType: DiscountType
  /** Basis points, or minor units of the currency. */
  readonly discountValue: bigint
  readonly durationCycles: number | null
}

/** What was given by hand for a price in a currency; null is derived from dollars. */
export type ManualPrice = {
  /** Minor units of the currency. */
  readonly price: bigint | null
  /** Rate scale. */
  readonly includedBalance: Rate | null
  readonly introOffer: RegionalOffer | null
}

export const nothingManual: ManualPrice = { price: null, includedBalance: null, introOffer: null }

/** What a currency of a plan is made from: its rate, if it has one, and what was given by hand. */
export type RegionalSource<Manual> = {
  readonly currency: Currency
  readonly rate: ExchangeRate | undefined
  readonly manual: Manual | undefined
}

/**
 * A price in a currency (catalogue.md, Regional pricing): what was given by hand, and everything else derived from its dollars
 * at the plan's rate, half up to the minor unit; rate-scale values stay rate scale. Undefined when it is neither.
 */
export function localPrice(
  price: PlanPrice,
  { currency, rate, manual = nothingManual }: RegionalSource<ManualPrice>,
): PlanPrice | undefined {
  const local = manual.price ?? (rate === undefined ? undefined : exchangeMinor(price.price, rate, currency))
  if (local === undefined) return undefined
  const derivedBalance =
    price.includedBalance === null || rate === undefined ? null : exchange(price.includedBalance, rate)
  return {
    ...price,
    price: local,
    includedBalance: manual.includedBalance ?? derivedBalance,
    introOffer: localOffer(price, local, { currency, rate, manual }),
  }
}

// A price that was given by hand where the plan has no rate still takes the same part of it off.
function localOffer(
  { introOffer, price }: PlanPrice,
  local: bigint,
  { currency, rate, manual }: RegionalSource<ManualPrice>,
): IntroOffer {
  if (manual?.introOffer) return { enabled: true, ...manual.introOffer }
  const { discountType, discountValue } = introOffer
  if (discountType !== 'amount' || discountValue === null) return introOffer
  const value = rate === undefined ? inRatio(discountValue, price, local) : exchangeMinor(discountValue, rate, currency)
  return { ...introOffer, discountValue: value }
}

/** Whether a price follows its dollars in a currency: nothing that the API shows of it was given by hand. */
export function isAutoSynced(manual: ManualPrice | undefined): boolean {
  return !manual || (manual.price === null && manual.includedBalance === null)
}

/** A unit price in a currency, rate scale: given by hand, else derived at the plan's rate; null when it is neither. */
export function localUnitPrice(
  dollars: Rate,
  { rate, manual }: Pick<RegionalSource<Rate>, 'rate' | 'manual'>,
): Rate | null {
  return manual ?? (rate === undefined ? null : exchange(dollars, rate))
}

/**
 * A fixed discount in US cents in the ratio local price ÷ USD price (catalogue.md, Promo codes), half up. Of a price of nothing
 * there is nothing to take off.
 */
export function inRatio(cents: bigint, usdPrice: bigint, local: bigint): bigint {
  return usdPrice === 0n ? 0n : divideRounded(cents * local, usdPrice)
}
