import { amountStep, type Computed, notKept } from '#billing/explanation/explained-line.ts'
import type { AdvanceFacts, TrueUpFacts } from '#billing/explanation/facts.ts'
import { countInput, dayInput, fromTerms, type LineInput, rateInput } from '#billing/explanation/inputs.ts'
import type { DatedTerms } from '#catalogue/terms-history.ts'
import { includedUnits } from '#metering/held.ts'
import type { Currency } from '#money/currency.ts'
import { formatRate } from '#money/format.ts'
import { minorPerMajor, rateScale } from '#money/rate.ts'
import { daysBetween, startInstant } from '#time/period.ts'

/** Seats or quota in advance: what was held beyond when the period began, at the prices then in force. */
export function explainAdvance({ terms: dated, held, windows }: AdvanceFacts, c: Currency): Computed {
  if (!dated || !held || windows === null)
    return notKept('held_advance', [], 'the count it was made from, or the terms then in force, are not kept')
  const { terms, priceSince, includedSince } = dated
  const included = includedUnits(terms)
  const inputs = [
    countInput('held', held.count, { source: 'held_event', since: startInstant(held.countsOn) }),
    countInput('included', included, fromTerms(includedSince)),
    rateInput('unit price', terms.overageUnitPrice, c, fromTerms(priceSince)),
    countInput('windows in the period', windows, { source: 'subscription_window', unit: 'windows' }),
  ]
  const isSold = terms.enabled && !terms.unlimited && terms.overageEnabled
  const extra = isSold && held.count > included ? held.count - included : 0n
  const [last, amount] = amountStep(
    `${extra} × ${perPeriod(terms.overageUnitPrice, windows, c)}`,
    { numerator: extra * terms.overageUnitPrice * BigInt(windows) * minorPerMajor(c), denominator: rateScale },
    c,
  )
  return {
    rule: 'held_advance',
    inputs,
    steps: [`${held.count} held − ${included} included = ${extra} beyond`, last],
    recomputed: amount,
  }
}

/** An increase above the high-water mark, from its day on. */
export function explainTrueUp(facts: TrueUpFacts, c: Currency): Computed {
  const { step, byWindow, period, windows } = facts
  if (!step || !period || windows === null)
    return notKept('held_true_up', [], 'the increase it bills, or the windows of its period, are not kept')
  const marks = [
    dayInput('increased on', step.countsOn, { source: 'held_step' }),
    countInput('mark before', step.markBefore, { source: 'held_step' }),
    countInput('mark after', step.markAfter, { source: 'held_step' }),
  ]
  const most = byWindow.map(({ dated }) => dated).reduce<DatedTerms | null>(roomier, null)
  const since = byWindow.filter(({ windowNumber }) => windowNumber >= step.windowNumber).map(({ dated }) => dated)
  const cheapest = since.filter(({ terms }) => terms.overageEnabled).reduce<DatedTerms | null>(cheaper, null)
  if (!most || !cheapest || since.some(({ terms }) => terms.unlimited)) {
    const nothing = 'Nothing is billed beyond what is included: 0'
    return { rule: 'held_true_up', inputs: marks, steps: [nothing], recomputed: 0n }
  }
  const included = includedUnits(most.terms)
  const floor = step.markBefore > included ? step.markBefore : included
  const extra = step.markAfter > floor ? step.markAfter - floor : 0n
  const days = Math.max(0, daysBetween(step.countsOn, period.endedOn))
  const whole = daysBetween(period.start, period.end)
  const { overageUnitPrice } = cheapest.terms
  const numerator = extra * overageUnitPrice * BigInt(windows) * BigInt(days) * minorPerMajor(c)
  const [last, amount] = amountStep(
    `${extra} × ${perPeriod(overageUnitPrice, windows, c)} × ${days} ÷ ${whole} days`,
    { numerator, denominator: rateScale * BigInt(whole) },
    c,
  )
  return {
    rule: 'held_true_up',
    inputs: [
      ...marks,
      countInput('included', included, fromTerms(most.includedSince)),
      rateInput('unit price', overageUnitPrice, c, fromTerms(cheapest.priceSince)),
      ...periodInputs(period, days, whole, windows),
    ],
    steps: [
      `On ${step.countsOn.toString()} from ${step.markBefore} to ${step.markAfter}: ${extra} beyond ${floor}`,
      `From ${step.countsOn.toString()} to ${period.endedOn.toString()}: ${days} of ${whole} days`,
      last,
    ],
    recomputed: amount,
  }
}

function periodInputs(
  { start, endedOn }: NonNullable<TrueUpFacts['period']>,
  days: number,
  whole: number,
  windows: number,
): LineInput[] {
  const about = { source: 'subscription_window' } as const
  return [
    dayInput('period start', start, about),
    dayInput('period ended', endedOn, about),
    countInput('days left', days, { ...about, unit: 'days' }),
    countInput('days in the period', whole, { ...about, unit: 'days' }),
    countInput('windows in the period', windows, { ...about, unit: 'windows' }),
  ]
}

/** Unit prices are per window: a quarter has three of them. */
function perPeriod(unitPrice: bigint, windows: number, c: Currency): string {
  return windows === 1 ? formatRate(unitPrice, c) : `${formatRate(unitPrice, c)} × ${windows} windows`
}

// Of the windows of a period the customer has the most that was included in any of them, and the lowest price.
function roomier(a: DatedTerms | null, b: DatedTerms): DatedTerms {
  return a && a.terms.includedAmount >= b.terms.includedAmount ? a : b
}

function cheaper(a: DatedTerms | null, b: DatedTerms): DatedTerms {
  return a && a.terms.overageUnitPrice <= b.terms.overageUnitPrice ? a : b
}
