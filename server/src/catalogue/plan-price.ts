import type { Plan } from '#catalogue/plan.ts'
import type { RegionalOrigin } from '#invoicing/line-basis.ts'
import { wholeBasisPoints } from '#money/basis-points.ts'
import type { Rate } from '#money/rate.ts'
import type { FieldProblem } from '#problem.ts'
import type { BillingInterval } from '#time/interval.ts'

/** percentage: basis points. amount: minor units of USD. */
export const discountTypes = ['percentage', 'amount'] as const
export type DiscountType = (typeof discountTypes)[number]

export const maxTrialDays = 730
/** Stored and counted as a 32-bit number. */
export const maxDurationCycles = 2_147_483_647

/** A discount on the plan base for customers who come for the first time. */
export type IntroOffer = {
  readonly enabled: boolean
  readonly discountType: DiscountType | null
  readonly discountValue: bigint | null
  /** Billing periods it lasts, the first paid one included; null = as long as the subscription lives. */
  readonly durationCycles: number | null
}

export type PriceSettings = {
  /** Minor units of USD. */
  readonly price: bigint
  readonly trialDays: number
  /** Rate scale, per consumption window. */
  readonly includedBalance: Rate | null
  /** Credits per consumption window. */
  readonly includedCredits: bigint | null
  readonly introOffer: IntroOffer
}

export type PlanPrice = PriceSettings & {
  readonly id: string
  readonly planId: string
  readonly billingInterval: BillingInterval
  readonly isDefault: boolean
  /** The number of the price's last change of its amount, from 1. */
  readonly revision: number
  /** Where its amount in another currency is from; absent in canonical dollars. */
  readonly regional?: RegionalOrigin
  readonly deletedAt: Temporal.Instant | null
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}

export const noIntroOffer: IntroOffer = {
  enabled: false,
  discountType: null,
  discountValue: null,
  durationCycles: null,
}

/** Everything that keeps a price from fitting its plan; empty when it fits. */
export function checkPrice(
  plan: Pick<Plan, 'isFree' | 'consumptionModel'>,
  billingInterval: BillingInterval,
  settings: PriceSettings,
): FieldProblem[] {
  return [
    ...checkGrants(plan, settings),
    ...checkIntroOffer(settings.introOffer),
    ...(plan.isFree ? checkFreePrice(billingInterval, settings) : []),
  ]
}

/** What keeps a price from granting these in each window on a plan; empty when it may. */
export function checkGrants(
  { consumptionModel }: Pick<Plan, 'consumptionModel'>,
  settings: Pick<PriceSettings, 'includedCredits' | 'includedBalance'>,
): FieldProblem[] {
  const found: FieldProblem[] = []
  if (consumptionModel !== 'credits' && (settings.includedCredits ?? 0n) > 0n) {
    found.push({
      field: 'includedCredits',
      message: `Only credits plans grant credits; this is a ${consumptionModel} plan.`,
    })
  }
  if (consumptionModel !== 'balance' && (settings.includedBalance ?? 0n) > 0n) {
    found.push({
      field: 'includedBalance',
      message: `Only balance plans grant a balance; this is a ${consumptionModel} plan.`,
    })
  }
  return found
}

/** What keeps an offer from being one; empty when it is, or is off. */
export function checkIntroOffer(offer: IntroOffer): FieldProblem[] {
  const { enabled, discountType, discountValue, durationCycles } = offer
  const found: FieldProblem[] = []
  if (enabled && discountType === null) {
    found.push({ field: 'introOffer.discountType', message: 'An enabled offer needs a type: percentage or amount.' })
  }
  if (enabled && discountValue === null) {
    found.push({ field: 'introOffer.discountValue', message: 'An enabled offer needs a value.' })
  }
  if (discountValue !== null && discountValue < 1n) {
    found.push({ field: 'introOffer.discountValue', message: 'Must be 1 or more.' })
  }
  if (discountType === 'percentage' && discountValue !== null && discountValue > wholeBasisPoints) {
    found.push({ field: 'introOffer.discountValue', message: 'Must be at most 10000 basis points (100 %).' })
  }
  if (durationCycles !== null && (durationCycles < 1 || durationCycles > maxDurationCycles)) {
    found.push({ field: 'introOffer.durationCycles', message: 'Must be 1 or more, or null for an offer without end.' })
  }
  return found
}

function checkFreePrice(billingInterval: BillingInterval, settings: PriceSettings): FieldProblem[] {
  const found: FieldProblem[] = []
  if (billingInterval !== 'monthly') {
    found.push({ field: 'billingInterval', message: 'A free plan can have one price only, with interval monthly.' })
  }
  if (settings.price !== 0n) {
    found.push({ field: 'price', message: 'The price of a free plan is 0. Create a plan that is not free to charge.' })
  }
  if (settings.trialDays !== 0) {
    found.push({ field: 'trialDays', message: 'A free plan has no trial: there is nothing to try before paying.' })
  }
  if (settings.introOffer.enabled) {
    found.push({
      field: 'introOffer.enabled',
      message: 'A free plan has no intro offer: there is nothing to discount.',
    })
  }
  return found
}
