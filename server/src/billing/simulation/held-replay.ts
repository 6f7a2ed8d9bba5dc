import type { BilledStep } from '#billing/charges/seats-true-up.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { includedUnits } from '#metering/held.ts'
import type { PastChange } from '#metering/past-usage.ts'
import { isBefore } from '#time/period.ts'

/** A billing period that changes are replayed in: its first day, when it was opened, and the windows it consists of. */
export type ReplayedPeriod = {
  readonly start: Temporal.PlainDate
  readonly openedAt: Temporal.Instant
  /** Changes that count from this day on are not in it. */
  readonly before: Temporal.PlainDate
  readonly windows: readonly { readonly windowNumber: number; readonly endsOn: Temporal.PlainDate }[]
}

/** What was held when a day began; 0 when nothing was. */
export function heldAtStart(changes: readonly PastChange[], day: Temporal.PlainDate): bigint {
  return changes.findLast(({ countsOn }) => isBefore(countsOn, day))?.current ?? 0n
}

/**
 * The increases of a period that would have been above the high-water mark under other terms: what metering notes when a count
 * rises (metering/held.ts), worked out again from the changes themselves.
 */
export function stepsUnder(
  terms: FeatureTerms,
  changes: readonly PastChange[],
  period: ReplayedPeriod,
): (BilledStep & { readonly number: bigint })[] {
  const included = includedUnits(terms)
  const isEarlier = (change: PastChange) => isBeforePeriod(change, period)
  let mark = larger(changes.findLast(isEarlier)?.current ?? 0n, included)
  const steps: (BilledStep & { readonly number: bigint })[] = []
  for (const change of changes) {
    const { current, countsOn, number } = change
    if (isEarlier(change) || !isBefore(countsOn, period.before) || current <= mark) continue
    if (terms.overageEnabled && !terms.unlimited) {
      steps.push({ number, countsOn, windowNumber: windowOf(countsOn, period), markBefore: mark, markAfter: current })
    }
    mark = current
  }
  return steps
}

// What is there when a period begins is paid in advance with it: initial seats, and what a period that nobody planned found.
function isBeforePeriod({ action, countsOn, createdAt }: PastChange, { start, openedAt }: ReplayedPeriod): boolean {
  return action === 'initial' || isBefore(countsOn, start) || Temporal.Instant.compare(createdAt, openedAt) < 0
}

function windowOf(day: Temporal.PlainDate, { windows }: ReplayedPeriod): number {
  const found = windows.find(({ endsOn }) => isBefore(day, endsOn)) ?? windows.at(-1)
  return found?.windowNumber ?? 0
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
