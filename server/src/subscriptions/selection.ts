import type { Discount } from '#billing/charges/discount.ts'
import type { PromoCode } from '#catalogue/promo-code.ts'
import type { BillingInterval } from '#time/interval.ts'

/** What a customer subscribes to: which price, on which terms. Amounts in minor units. */
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

export type AgreedDiscount = Omit<Discount, 'cyclesUsed'>

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
      kind: 'intro_offer',
      type: offer.discountType,
      value: offer.discountValue,
      name: 'Introductory offer',
      cycles: offer.durationCycles,
    },
  }
}

/** What a promo code gives to whoever subscribes with it. */
export function promoDiscount(promo: PromoCode): AgreedDiscount {
  const { code, discountType, discountValue, durationCycles } = promo
  return { kind: 'promo_code', type: discountType, value: discountValue, name: code, cycles: durationCycles }
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
