import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Running } from '#metering/access.ts'
import { type Capacity, usageCapacity } from '#metering/capacity.ts'
import { type Quantity, quantityToText } from '#money/quantity.ts'
import { invalidField, Problem } from '#problem.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** What usage is asked of: the terms of a feature in a window of a running subscription. */
export type Offer = { readonly running: Running; readonly window: WindowPlan; readonly terms: FeatureTerms }

/** A capacity that an amount can be compared with. */
export type CountedCapacity = Exclude<Capacity, { kind: 'ledger' }>

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

/** What may be used where the included amount decides it. Throws 422 where credits or a balance do. */
export function countedCapacityOf({ running, window, terms }: Offer): CountedCapacity {
  const circumstances = { model: running.plan.consumptionModel, status: running.status, windowKind: window.kind }
  const capacity = usageCapacity(terms, circumstances)
  if (capacity.kind !== 'ledger') return capacity
  throw invalidField('feature', `This server does not record usage of ${capacity.model} plans, only of metered ones.`)
}

/** What the counter may reach at most; null where nothing limits it. */
export function ceilingOf(capacity: CountedCapacity): Quantity | null {
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
