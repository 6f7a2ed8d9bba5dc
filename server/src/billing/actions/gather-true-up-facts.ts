import { type KeptRows, scopeIn, termsIn } from '#billing/actions/kept-rows.ts'
import type { TrueUpFacts } from '#billing/explanation/facts.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { type KeptStep, readHeldStep } from '#metering/explanation.store.ts'
import { heldPeriod, windowsBefore } from '#metering/held.ts'
import { type WindowRecord, windowPlanOf } from '#subscriptions/windows.store.ts'
import { isBefore, startInstant, utcDay } from '#time/period.ts'

const unknown: TrueUpFacts = { kind: 'true_up', step: null, byWindow: [], period: null, windows: null }

/** Reads the increase that a true-up bills, and the terms of the windows of its period. */
export async function gatherTrueUp(kept: KeptRows, { featureId, basis }: DraftLine): Promise<TrueUpFacts> {
  const { subscriptionId } = kept.invoice
  if (basis?.kind !== 'step' || featureId === null || subscriptionId === null) return unknown
  const key = { subscriptionId, featureId, number: basis.step }
  const step = await readHeldStep(kept.tx, kept.orgId, key)
  const settled = step && settledBy(kept, step)
  if (!step || !settled) return unknown
  const period = heldPeriod(windowPlanOf(settled))
  return {
    kind: 'true_up',
    step: { number: basis.step, ...step },
    byWindow: await termsByWindow(kept, featureId, settled),
    period: { ...period, endedOn: endOf(kept, settled, period.end) },
    windows: basis.windows,
  }
}

// A change of plan that did not take effect billed its own window; the increase was settled later, or is not yet.
function settledBy({ windows, unapplied }: KeptRows, { settledWindow }: KeptStep): WindowRecord | undefined {
  const isUndone = unapplied && (settledWindow === null || settledWindow >= unapplied.windowNumber)
  const number = isUndone ? unapplied.windowNumber : settledWindow
  return number === null ? undefined : windows.get(number)
}

// Its period ends early with a subscription that is canceled at once, or with a change of plan, on that day.
function endOf(
  { unapplied }: KeptRows,
  { number, closedAt }: WindowRecord,
  planned: Temporal.PlainDate,
): Temporal.PlainDate {
  const ended = unapplied?.windowNumber === number ? unapplied.decidedAt : closedAt
  const endedOn = ended && utcDay(ended)
  return endedOn && isBefore(endedOn, planned) ? endedOn : planned
}

async function termsByWindow(
  kept: KeptRows,
  featureId: string,
  settled: WindowRecord,
): Promise<TrueUpFacts['byWindow']> {
  const all: TrueUpFacts['byWindow'][number][] = []
  for (const window of [...windowsBefore(settled, [...kept.windows.values()]), settled]) {
    const { number: windowNumber, planId, termsRevision: sinceRevision, endsOn } = window
    // The one that was billed is priced as it was closed, those before it as they ended.
    const scope =
      windowNumber === settled.number ? scopeIn(kept, window) : { sinceRevision, before: startInstant(endsOn) }
    const dated = await termsIn(kept, planId, featureId, { ...scope, number: windowNumber })
    if (dated) all.push({ windowNumber, dated })
  }
  return all
}
