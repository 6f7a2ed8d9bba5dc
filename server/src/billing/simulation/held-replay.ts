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

/** A window by its number and the moment it was opened at. */
export type OpenedWindow = { readonly number: number; readonly openedAt: Temporal.Instant }

/**
 * What a window found when it was opened by a bill of its own: a first one, a reactivation, a free customer's first paid plan. What
 * is changed in the window itself is an increase of it. Undefined when nothing was ever held.
 */
export function heldWhenOpened(changes: readonly PastChange[], opened: OpenedWindow): bigint | undefined {
  return changes.findLast((change) => change.action === 'initial' || isMadeBefore(change, opened))?.current
}

// Under a standing clock both have one time: then the window that the change was made in decides.
function isMadeBefore({ createdAt, windowNumber }: PastChange, { number, openedAt }: OpenedWindow): boolean {
  const order = Temporal.Instant.compare(createdAt, openedAt)
  return order < 0 || (order === 0 && windowNumber !== null && windowNumber < number)
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
function isBeforePeriod(change: PastChange, { start, openedAt, windows }: ReplayedPeriod): boolean {
  if (change.action === 'initial' || isBefore(change.countsOn, start)) return true
  return isMadeBefore(change, { number: windows[0]?.windowNumber ?? 0, openedAt })
}

function windowOf(day: Temporal.PlainDate, { windows }: ReplayedPeriod): number {
  const found = windows.find(({ endsOn }) => isBefore(day, endsOn)) ?? windows.at(-1)
  return found?.windowNumber ?? 0
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
