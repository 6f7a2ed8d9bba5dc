import { type HeldPricing, heldLineType } from '#billing/charges/seats-advance.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { type HeldStep, includedUnits } from '#metering/held.ts'
import { proratedLineAmount } from '#money/proration.ts'
import { units } from '#money/quantity.ts'
import { windowsPerPeriod } from '#time/interval.ts'
import { daysBetween, isBefore, type Period, periodDays } from '#time/period.ts'

/** An increase above the high-water mark with the day it is billed from. */
export type BilledStep = HeldStep & { readonly countsOn: Temporal.PlainDate; readonly windowNumber: number }

/** The terms of the step's feature in one window of the period. */
export type WindowTerms = { readonly windowNumber: number; readonly terms: FeatureTerms }

/** A billing period that ends: early when `endsOn` lies before its planned end. */
export type EndedPeriod = Period & { readonly endsOn: Temporal.PlainDate }

/**
 * An increase during the period that ends: units × unit price × windows × days ÷ period days, one rounding. `windows` are
 * those of the period, in their order: the most that was included in any of them counts, and the lowest price since the
 * increase, as nothing of it is billed yet. Null when all of it is included by now, or no day of it lies in the period.
 */
export function heldTrueUp(
  step: BilledStep,
  windows: readonly WindowTerms[],
  period: EndedPeriod,
  { billingInterval, currency }: HeldPricing,
): DraftLine | null {
  const last = windows.at(-1)?.terms
  const since = windows.flatMap(({ windowNumber, terms }) => (windowNumber < step.windowNumber ? [] : [terms]))
  if (!last || since.some(({ unlimited }) => unlimited)) return null
  const included = windows.map(({ terms }) => includedUnits(terms)).reduce(larger)
  const extra = step.markAfter - larger(step.markBefore, included)
  const endsOn = isBefore(period.endsOn, period.end) ? period.endsOn : period.end
  const days = daysBetween(step.countsOn, endsOn)
  const prices = since.flatMap((one) => (one.overageEnabled ? [one.overageUnitPrice] : []))
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
