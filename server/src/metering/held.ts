import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type Circumstances, countedCapacity, wouldBeSold } from '#metering/capacity.ts'
import { ceilUnits, quantityScale, quantityToText } from '#money/quantity.ts'
import { Problem } from '#problem.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { isBefore, type Period } from '#time/period.ts'

/** Features that are held until they are given back, in whole units. */
export const heldTypes = ['seats', 'quota'] as const
export type HeldType = (typeof heldTypes)[number]

/** What is held of a feature. `mark`: the most that was held in the billing period that began on `periodStart`. */
export type Held = { readonly current: bigint; readonly mark: bigint; readonly periodStart: Temporal.PlainDate }

export type HeldChange = { readonly action: 'add' | 'set' | 'remove'; readonly count: bigint }

/** An increase above the high-water mark: the units from `markBefore` to `markAfter` are billed beyond what is included. */
export type HeldStep = { readonly markBefore: bigint; readonly markAfter: bigint }

export type HeldDecision = {
  readonly previous: bigint
  readonly current: bigint
  /** The high-water mark of the running period after the change. */
  readonly mark: bigint
  readonly step: HeldStep | null
}

export function isHeldType(type: string): type is HeldType {
  return (heldTypes as readonly string[]).includes(type)
}

/**
 * The billing period that held units of a window are billed for: the paid period or trial, and where no period ends (free and
 * one-time plans) the window itself (billing.md, One-time plans).
 */
export function heldPeriod(window: WindowPlan): Period {
  const { startsOn, endsOn, periodStart, periodEnd } = window
  return periodEnd === null ? { start: startsOn, end: endsOn } : { start: periodStart, end: periodEnd }
}

/**
 * The windows of a billing period before one of its windows, in their order: each ends where the next begins. A window that was cut
 * short on the day the period began, by a change of plan or an end, is none of it.
 */
export function windowsBefore<Window extends WindowPlan>(last: WindowPlan, windows: readonly Window[]): Window[] {
  const { start } = heldPeriod(last)
  const found: Window[] = []
  for (let first = last; ; ) {
    const before = windows.find(({ number }) => number === first.number - 1)
    if (!before || isBefore(before.startsOn, start) || !before.endsOn.equals(first.startsOn)) return found
    found.unshift(before)
    first = before
  }
}

/** The mark in the period that begins on a day: a period starts with what is held at its start. */
export function markIn(held: Held, periodStart: Temporal.PlainDate): bigint {
  return isBefore(held.periodStart, periodStart) ? held.current : held.mark
}

/** Whole units that are included. A fraction of a seat is none. */
export function includedUnits({ includedAmount }: Pick<FeatureTerms, 'includedAmount'>): bigint {
  return includedAmount / quantityScale
}

/**
 * What a change of a held count leads to (metering.md, Seats). Throws 400 insufficient_seats or insufficient_balance for a
 * removal of more than is held, 402 included_limit_reached for an increase beyond what is included where nothing is sold beyond,
 * 400 missing_regional_price where it is sold, but not in the subscription's currency.
 */
export function decideHeld(
  terms: FeatureTerms,
  circumstances: Circumstances,
  held: { readonly current: bigint; readonly mark: bigint },
  change: HeldChange,
): HeldDecision {
  const previous = held.current
  const current = countAfter(terms, previous, change)
  const included = includedUnits(terms)
  const mark = larger(larger(held.mark, included), current)
  if (current <= previous) return { previous, current, mark, step: null }
  const capacity = countedCapacity(terms, circumstances)
  if (capacity.kind === 'limited' && current > included) {
    throw wouldBeSold(terms, circumstances) ? notSoldHere(terms) : limitReached(terms, previous, current)
  }
  const markBefore = larger(held.mark, included)
  const isBilled = capacity.kind === 'billed_beyond' && current > markBefore
  return { previous, current, mark, step: isBilled ? { markBefore, markAfter: current } : null }
}

/**
 * The same for a feature that the plan does not give (any more): what is held of it can be given back, and nothing is added.
 * Null where the change gives nothing back. Throws 400 insufficient_seats or insufficient_balance.
 */
export function decideGivingBack(
  feature: Pick<FeatureTerms, 'code' | 'type'>,
  held: { readonly current: bigint; readonly mark: bigint },
  change: HeldChange,
): HeldDecision | null {
  const previous = held.current
  if (previous === 0n) return null
  const current = countAfter(feature, previous, change)
  return current > previous ? null : { previous, current, mark: held.mark, step: null }
}

/** Whether a change brought the count from below what is included to it or above (`seats.limit_reached`). */
export function reachesIncluded(terms: FeatureTerms, { previous, current }: HeldDecision): boolean {
  if (terms.unlimited) return false
  const included = ceilUnits(terms.includedAmount)
  return previous < included && current >= included
}

function countAfter(
  { type, code }: Pick<FeatureTerms, 'code' | 'type'>,
  held: bigint,
  { action, count }: HeldChange,
): bigint {
  switch (action) {
    case 'add':
      return held + count
    case 'set':
      return count
    case 'remove':
      if (count <= held) return held - count
      throw notThatMany(type === 'seats' ? 'seats' : 'quota', code, held, count)
    default:
      return action satisfies never
  }
}

function notThatMany(type: HeldType, code: string, held: bigint, count: bigint): Problem {
  const message = `${count} of ${code} cannot be removed: only ${held} are held.`
  const details = { featureCode: code, current: Number(held), requested: Number(count) }
  return type === 'seats'
    ? new Problem('insufficient_seats', message, { param: 'count', details })
    : new Problem('insufficient_balance', message, { param: 'count', details, status: 400 })
}

function notSoldHere({ code }: FeatureTerms): Problem {
  const message = `More of ${code} have no price in the subscription's currency in this plan.`
  return new Problem('missing_regional_price', message)
}

function limitReached({ code, includedAmount }: FeatureTerms, previous: bigint, current: bigint): Problem {
  const message = `${current} of ${code} do not fit: ${quantityToText(includedAmount)} are included, ${previous} are held, and nothing is sold beyond.`
  const details = {
    featureCode: code,
    current: Number(previous),
    requested: Number(current),
    included: Number(quantityToText(includedAmount)),
  }
  return new Problem('included_limit_reached', message, { details })
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
