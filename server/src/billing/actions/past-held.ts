import type { ClosedRecord, PastReading, PastRows } from '#billing/actions/read-past.ts'
import type { PastBase, PastHeld, PastWindow, WindowEndKind } from '#billing/simulation/rebill.ts'
import { heldPeriod, windowsBefore } from '#metering/held.ts'
import { type WindowRecord, windowPlanOf } from '#subscriptions/windows.store.ts'
import { isBefore, startInstant, utcDay } from '#time/period.ts'

/** What the seats and quota of a window were billed by at its end: their changes, the period that ends, and the one that begins. */
export function heldOf(
  rows: PastRows,
  record: ClosedRecord,
  bill: {
    readonly end: WindowEndKind
    readonly base: PastBase | null
    readonly next: WindowRecord | undefined
    readonly terms: PastWindow['terms']
  },
  reading: PastReading,
): PastHeld {
  const { changes } = rows
  if (changes.size === 0) return { steps: [], ended: null, next: null, changes }
  const steps = rows.steps.filter(({ settledWindow }) => settledWindow === record.number)
  const period = heldPeriod(windowPlanOf(record))
  const isOver = bill.end !== 'renewal' || period.end.equals(record.endsOn)
  return {
    steps,
    changes,
    ended: isOver ? endedPeriod(rows, record, bill.terms, reading) : null,
    next: isOver && bill.end === 'renewal' ? nextPeriod(record, bill, reading) : null,
  }
}

function endedPeriod(
  { all }: PastRows,
  record: ClosedRecord,
  terms: PastWindow['terms'],
  reading: PastReading,
): PastHeld['ended'] {
  const period = heldPeriod(windowPlanOf(record))
  const closedOn = utcDay(record.closedAt)
  const endsOn = isBefore(closedOn, period.end) ? closedOn : period.end
  const windows = [...windowsBefore(record, all), record]
  const byWindow = windows.flatMap((one) => {
    const scope = { sinceRevision: one.termsRevision, before: startInstant(one.endsOn) }
    const own = one.number === record.number ? terms : reading.terms.in(scope)
    return own.map((feature) => ({ windowNumber: one.number, terms: feature }))
  })
  return {
    windows: byWindow,
    period: {
      ...period,
      endsOn,
      openedAt: windows[0]?.openedAt ?? record.openedAt,
      // An increase on the day a period ends early has no day left to bill.
      before: endsOn.equals(period.end) ? endsOn : endsOn.add({ days: 1 }),
      windows: windows.map((one) => ({ windowNumber: one.number, endsOn: one.endsOn })),
    },
  }
}

function nextPeriod(
  record: ClosedRecord,
  { base, next }: { readonly base: PastBase | null; readonly next: WindowRecord | undefined },
  { terms }: PastReading,
): PastHeld['next'] {
  const following = next && next.planId === record.planId ? windowPlanOf(next) : null
  const window = base?.window ?? (record.periodEnd === null ? following : null)
  if (!window) return null
  const revision = record.closedRevision ?? terms.revisionAt(record.closedAt)
  return { terms: terms.at(revision), window, on: record.endsOn }
}
