import { type HeldPricing, heldLineType } from '#billing/charges/seats-advance.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { type HeldStep, includedUnits } from '#metering/held.ts'
import { units } from '#money/quantity.ts'
import { proratedLineAmount } from '#money/proration.ts'
import { windowsPerPeriod } from '#time/interval.ts'
import { daysBetween, isBefore, type Period, periodDays } from '#time/period.ts'

/** An increase above the high-water mark with the day it is billed from. */
export type BilledStep = HeldStep & { readonly countsOn: Temporal.PlainDate; readonly windowNumber: number }

/** A billing period that ends: early when `endsOn` lies before its planned end. */
export type EndedPeriod = Period & { readonly endsOn: Temporal.PlainDate }

/**
 * An increase during the period that ends: units × unit price × windows × days ÷ period days, one rounding. `terms` are those
 * of the windows since the increase: the lowest price and the most included count, as nothing of it is billed yet. Null when
 * all of it is included by now, or no day of it lies in the period.
 */
export function heldTrueUp(
  step: BilledStep,
  terms: readonly FeatureTerms[],
  period: EndedPeriod,
  { billingInterval, currency }: HeldPricing,
): DraftLine | null {
  const last = terms.at(-1)
  if (!last || terms.some(({ unlimited }) => unlimited)) return null
  const included = terms.map(includedUnits).reduce(larger)
  const extra = step.markAfter - larger(step.markBefore, included)
  const endsOn = isBefore(period.endsOn, period.end) ? period.endsOn : period.end
  const days = daysBetween(step.countsOn, endsOn)
  const prices = terms.flatMap((one) => (one.overageEnabled ? [one.overageUnitPrice] : []))
  if (extra <= 0n || days <= 0 || prices.length === 0) return null
  const unitPrice = prices.reduce(smaller) * BigInt(windowsPerPeriod[billingInterval])
  const whole = periodDays(period)
  return line({
    lineType: heldLineType(last),
    chargeType: 'true_up',
    featureId: last.featureId,
    featureName: last.name,
    description: `${last.name}: ${extra} added on ${step.countsOn.toString()}, ${days} of ${whole} days`,
    quantity: units(extra),
    unitAmount: unitPrice,
    amount: proratedLineAmount(units(extra), unitPrice, currency, days, whole),
    includedAmount: units(included),
    usedAmount: units(step.markAfter),
    overageAmount: units(extra),
    windowNumber: step.windowNumber,
    startsOn: step.countsOn,
    endsOn,
  })
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
