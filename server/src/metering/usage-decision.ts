import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Running } from '#metering/access.ts'
import { type Capacity, usageCapacity } from '#metering/capacity.ts'
import type { LedgerModel } from '#metering/ledger.ts'
import { type Quantity, quantityToText } from '#money/quantity.ts'
import { rateScale } from '#money/rate.ts'
import { Problem } from '#problem.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** What usage is asked of: the terms of a feature in a window of a running subscription. */
export type Offer = { readonly running: Running; readonly window: WindowPlan; readonly terms: FeatureTerms }

export function unknownCustomer(reference: string): Problem {
  return new Problem('customer_not_found', `There is no customer ${reference}.`)
}

export function unknownUsageFeature(code: string): Problem {
  return new Problem('feature_not_found', `There is no usage feature with the code ${code}.`)
}

export function withoutSubscription(reference: string): Problem {
  return new Problem(
    'no_active_subscription',
    `Customer ${reference} has no subscription that gives access at that time.`,
  )
}

export function notInPlan(code: string): Problem {
  return new Problem('feature_not_in_plan', `The customer's plan does not contain ${code}.`)
}

/** 403 for a feature that the plan has switched off. */
export function refuseDisabled({ code, enabled }: FeatureTerms): Problem | undefined {
  return enabled ? undefined : new Problem('feature_disabled', `${code} is switched off in the customer's plan.`)
}

/** 400 for tokens of a model sent to a feature with a fixed price, and for a plain value sent to one priced by model. */
export function refusePricing({ code, pricingMode }: FeatureTerms, hasModel: boolean): Problem | undefined {
  if (hasModel && pricingMode === 'fixed') {
    return new Problem('pricing_mode_mismatch', `${code} has a fixed price per unit: send value, not model and tokens.`)
  }
  if (!hasModel && pricingMode === 'ai_model') {
    return new Problem(
      'pricing_mode_mismatch',
      `${code} is priced by AI model: send model with inputTokens and outputTokens.`,
    )
  }
  return undefined
}

/** What an offer has room for. */
export function capacityOf({ running, window, terms }: Offer): Capacity {
  const circumstances = { model: running.plan.consumptionModel, status: running.status, windowKind: window.kind }
  return usageCapacity(terms, circumstances)
}

/** What the counter may reach at most; null where nothing limits it. */
export function ceilingOf(capacity: Capacity): Quantity | null {
  return capacity.kind === 'limited' ? capacity.included : null
}

/** Why a quantity does not fit, in a sentence. */
export function limitSentence(code: string, included: Quantity, used: Quantity, quantity: Quantity): string {
  const [asked, held, limit] = [quantity, used, included].map(quantityToText)
  return `${asked} of ${code} does not fit: ${held} of the included ${limit} are used in this window, and the plan does not sell more.`
}

/** 402 for an event that would cross the limit. */
export function limitReached(code: string, included: Quantity, used: Quantity, quantity: Quantity): Problem {
  return new Problem('included_limit_reached', limitSentence(code, included, used, quantity))
}

/** Why credits or a balance do not suffice, in a sentence. Balances are rate scale: 10,000 = one major unit. */
export function shortSentence(model: LedgerModel, code: string, cost: bigint, left: bigint, currency: string): string {
  if (model === 'credits') return `This use of ${code} costs ${cost} credits, and ${left} are left.`
  return `This use of ${code} costs ${rateText(cost)} ${currency}, and the balance is ${rateText(left)} ${currency}.`
}

/** 402 for an event that costs more than the account holds. */
export function insufficient(model: LedgerModel, code: string, cost: bigint, left: bigint, currency: string): Problem {
  const reason = model === 'credits' ? 'insufficient_credits' : 'insufficient_balance'
  return new Problem(reason, shortSentence(model, code, cost, left, currency))
}

function rateText(rate: bigint): string {
  const size = rate < 0n ? -rate : rate
  const fraction = (size % rateScale)
    .toString()
    .padStart(4, '0')
    .replace(/0{1,2}$/, '')
  return `${rate < 0n ? '-' : ''}${size / rateScale}.${fraction}`
}
