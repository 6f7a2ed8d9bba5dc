import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'
import type { Quantity } from '#money/quantity.ts'
import { lineAmount } from '#money/rate.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/**
 * What a usage feature owes for a window that ended: used beyond included × unit price, one rounding. Null when nothing
 * was used beyond, or when nothing beyond is billed.
 */
export function meteredOverage(
  terms: FeatureTerms,
  used: Quantity,
  window: WindowPlan,
  currency: Currency,
): DraftLine | null {
  if (terms.type !== 'usage' || terms.unlimited || !terms.overageEnabled) return null
  const overage = used - terms.includedAmount
  if (overage <= 0n) return null
  return line({
    lineType: 'feature_overage',
    featureId: terms.featureId,
    featureName: terms.name,
    description: `${terms.name}: usage beyond what is included`,
    quantity: overage,
    unitAmount: terms.overageUnitPrice,
    amount: lineAmount(overage, terms.overageUnitPrice, currency),
    includedAmount: terms.includedAmount,
    usedAmount: used,
    overageAmount: overage,
    windowNumber: window.number,
    startsOn: window.startsOn,
    endsOn: window.endsOn,
  })
}
