import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { heldPeriod, includedUnits } from '#metering/held.ts'
import type { Currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import { lineAmount } from '#money/rate.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { type BillingInterval, windowsPerPeriod } from '#time/interval.ts'

/** What a line of seats or quota is priced for: unit prices are per window, lines per billing period. */
export type HeldPricing = { readonly billingInterval: BillingInterval; readonly currency: Currency }

/**
 * Seats or quota held beyond what is included, in advance for the period that begins with `window`. Null when nothing is held
 * beyond, or when nothing beyond is billed.
 */
export function heldAdvance(
  terms: FeatureTerms,
  count: bigint,
  window: WindowPlan,
  { billingInterval, currency }: HeldPricing,
): DraftLine | null {
  const { enabled, unlimited, overageEnabled, overageUnitPrice } = terms
  const extra = count - includedUnits(terms)
  if (!enabled || unlimited || !overageEnabled || extra <= 0n) return null
  const period = heldPeriod(window)
  const unitPrice = overageUnitPrice * BigInt(windowsPerPeriod[billingInterval])
  return line({
    lineType: heldLineType(terms),
    chargeType: 'advance',
    featureId: terms.featureId,
    featureName: terms.name,
    description: `${terms.name}: beyond what is included, in advance`,
    quantity: units(extra),
    unitAmount: unitPrice,
    amount: lineAmount(units(extra), unitPrice, currency),
    includedAmount: terms.includedAmount,
    usedAmount: units(count),
    overageAmount: units(extra),
    windowNumber: window.number,
    startsOn: period.start,
    endsOn: period.end,
  })
}

export function heldLineType({ type }: Pick<FeatureTerms, 'type'>): 'feature_seats' | 'feature_quota' {
  return type === 'quota' ? 'feature_quota' : 'feature_seats'
}
