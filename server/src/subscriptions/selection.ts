import type { Discount } from '#billing/charges/discount.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import type { PromoCode } from '#catalogue/promo-code.ts'
import { inRatio } from '#catalogue/regional-price.ts'
import type { BillingInterval } from '#time/interval.ts'

/** What a customer subscribes to: which price, on which terms. Amounts in minor units of canonical dollars, or of a region. */
export type Selection = {
  readonly planId: string
  readonly isFree: boolean
  readonly priceId: string | null
  readonly billingInterval: BillingInterval | null
  readonly basePrice: bigint
  readonly trialDays: number
  readonly discount: AgreedDiscount | null
  /** The promo code that was asked for, even when it was dropped because too little would be left to charge. */
  readonly promoCodeId?: string | null
}

export type AgreedDiscount = Omit<Discount, 'cyclesUsed'> & {
  /** It is the price's own offer, of which a region may have another. */
  readonly isListed?: boolean
}

export type PriceTerms = {
  readonly id: string
  readonly billingInterval: BillingInterval
  readonly price: bigint
  readonly trialDays: number
  readonly introOffer: IntroOffer | null
}

export type IntroOffer = {
  readonly discountType: 'percentage' | 'amount'
  readonly discountValue: bigint
  readonly durationCycles: number | null
}

export type Wishes = {
  readonly skipTrial: boolean
  readonly customTrialDays: number | undefined
  readonly introOffer: IntroOffer | undefined
  /** Whether an earlier subscription of the customer left pending_payment. */
  readonly hadPaidSubscription: boolean
}

const introDiscount = { kind: 'intro_offer', name: 'Introductory offer' } as const

/**
 * The terms of a new subscription (subscriptions.md, Creating, 3): a trial of `customTrialDays`, else the price's, none with
 * skipTrial; the explicit intro offer, else the price's for customers who never had a paid subscription.
 */
export function selectTerms(
  plan: { id: string; isFree: boolean },
  price: PriceTerms | null,
  wishes: Wishes,
): Selection {
  if (plan.isFree || !price) {
    return {
      planId: plan.id,
      isFree: true,
      priceId: null,
      billingInterval: null,
      basePrice: 0n,
      trialDays: 0,
      discount: null,
    }
  }
  const trialDays = wishes.skipTrial ? 0 : (wishes.customTrialDays ?? price.trialDays)
  const offer = wishes.introOffer ?? (wishes.hadPaidSubscription ? null : price.introOffer)
  return {
    planId: plan.id,
    isFree: false,
    priceId: price.id,
    billingInterval: price.billingInterval,
    basePrice: price.price,
    trialDays,
    discount: offer && {
      ...introDiscount,
      type: offer.discountType,
      value: offer.discountValue,
      cycles: offer.durationCycles,
      ...(wishes.introOffer ? {} : { isListed: true }),
    },
  }
}

/** What a promo code gives to whoever subscribes with it. */
export function promoDiscount(promo: PromoCode): AgreedDiscount {
  const { code, discountType, discountValue, durationCycles } = promo
  return { kind: 'promo_code', type: discountType, value: discountValue, name: code, cycles: durationCycles }
}

/**
 * A selection in canonical dollars as a region pays it: `price` there, with the region's own intro offer where the selection has
 * the price's; other fixed discounts in the ratio of both prices (catalogue.md, Promo codes).
 */
export function inRegion<Terms extends Pick<Selection, 'basePrice' | 'discount'>>(
  terms: Terms,
  price: PlanPrice,
): Terms {
  return { ...terms, basePrice: price.price, discount: localDiscount(terms, price) }
}

function localDiscount(
  { discount, basePrice }: Pick<Selection, 'basePrice' | 'discount'>,
  { price, introOffer }: PlanPrice,
): AgreedDiscount | null {
  if (!discount) return null
  return discount.isListed ? (listedDiscount(introOffer) ?? discount) : inProportion(discount, basePrice, price)
}

/** A discount in US cents on a price in dollars as it is on the same price elsewhere. */
export function inProportion(discount: AgreedDiscount, usdPrice: bigint, local: bigint): AgreedDiscount {
  return discount.type === 'amount' ? { ...discount, value: inRatio(discount.value, usdPrice, local) } : discount
}

/** The price's own offer while it is switched on. */
export function listedOffer({ introOffer }: PlanPrice): AgreedDiscount | null {
  return introOffer.enabled ? listedDiscount(introOffer) : null
}

function listedDiscount({
  discountType,
  discountValue,
  durationCycles,
}: PlanPrice['introOffer']): AgreedDiscount | null {
  if (discountType === null || discountValue === null) return null
  return { ...introDiscount, type: discountType, value: discountValue, cycles: durationCycles, isListed: true }
}

/**
 * A base price and a discount in canonical dollars as the JSON that a subscription keeps: amounts are decimal text. `isTyped`: the
 * discount is of a code that the customer typed in the checkout, none of what was asked for.
 */
export function agreedTerms(
  { basePrice, discount }: Pick<Selection, 'basePrice' | 'discount'>,
  { isTyped = false }: { readonly isTyped?: boolean } = {},
): string {
  const kept: KeptTerms = {
    basePrice: String(basePrice),
    discount: discount && { ...discount, value: String(discount.value) },
    ...(isTyped ? { isTyped } : {}),
  }
  return JSON.stringify(kept)
}

type KeptTerms = {
  readonly basePrice: string
  readonly discount: (Omit<AgreedDiscount, 'value'> & { readonly value: string }) | null
  readonly isTyped?: boolean
}

/** The same read back. */
export function agreedOf(kept: string | null): Pick<Selection, 'basePrice' | 'discount'> | null {
  if (kept === null) return null
  const { basePrice, discount } = JSON.parse(kept) as KeptTerms
  return { basePrice: BigInt(basePrice), discount: discount && { ...discount, value: BigInt(discount.value) } }
}

/** Whether the promo code that a subscription carries was typed in its checkout. */
export function isCodeTyped(kept: string | null): boolean {
  return kept !== null && (JSON.parse(kept) as KeptTerms).isTyped === true
}

/** A discount as a subscription keeps it. */
export function discountColumns(discount: AgreedDiscount | null) {
  return {
    discountKind: discount?.kind ?? null,
    discountType: discount?.type ?? null,
    discountValue: discount?.value ?? null,
    discountName: discount?.name ?? null,
    discountCycles: discount?.cycles ?? null,
  }
}

/** What must be equal for a second request to get the first one's checkout back. */
export function isSameSelection(a: Selection, b: Selection): boolean {
  return fingerprint(a) === fingerprint(b)
}

function fingerprint({ planId, priceId, basePrice, trialDays, discount, promoCodeId }: Selection): string {
  // Two requests with one code are the same, though the code may have been dropped from the first.
  if (promoCodeId) return JSON.stringify([planId, priceId, String(basePrice), trialDays, promoCodeId])
  const offer = discount && [discount.kind, discount.type, String(discount.value), discount.cycles]
  return JSON.stringify([planId, priceId, String(basePrice), trialDays, offer])
}
