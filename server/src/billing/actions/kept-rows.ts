import { hadIn } from '#billing/actions/close-window.ts'
import { laterOf } from '#catalogue/addon.ts'
import { type AddonHistory, loadAddonHistories } from '#catalogue/addon-terms.store.ts'
import { loadTermsHistory, revisionInForce } from '#catalogue/feature-terms.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { besidePlan, type DatedTerms, datedTerms, type TermsWindow } from '#catalogue/terms-history.ts'
import type { Tx } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { findAddonsSince, type SubscriptionAddon } from '#subscriptions/addons.store.ts'
import { findChangeOfInvoice, type PlanChangeRecord } from '#subscriptions/plan-changes.store.ts'
import { findSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findWindows, type WindowRecord } from '#subscriptions/windows.store.ts'
import { startInstant } from '#time/period.ts'

type History = Awaited<ReturnType<typeof loadTermsHistory>>

/** The rows behind an invoice, read in one transaction; what several lines need is read once. */
export type KeptRows = {
  readonly tx: Tx
  readonly orgId: string
  readonly invoice: InvoiceRecord
  /** Everything that is on it. */
  readonly lines: readonly DraftLine[]
  readonly subscription: SubscriptionRecord | undefined
  readonly windows: ReadonlyMap<number, WindowRecord>
  /** The change of plan that the invoice is for, where it has not taken effect: the window before it went on. */
  readonly unapplied: PlanChangeRecord | null
  /** Everything the subscription had of add-ons. */
  readonly addons: readonly SubscriptionAddon[]
  /** The states of those add-ons beside a plan, by add-on id. */
  addonHistories(planId: string): Promise<ReadonlyMap<string, AddonHistory>>
  history(planId: string): Promise<History>
}

/** Windows around those of an invoice's lines: a line bills what happened at most a period before or after its own. */
const mostWindowsPerPeriod = 12

export async function openKeptRows(
  tx: Tx,
  orgId: string,
  invoice: InvoiceRecord,
  lines: readonly DraftLine[],
): Promise<KeptRows> {
  const { subscriptionId } = invoice
  const numbers = lines.flatMap(({ windowNumber }) => windowNumber ?? [])
  const histories = new Map<string, History>()
  const subscription = subscriptionId === null ? undefined : await findSubscription(tx, orgId, subscriptionId)
  const region = subscription ? regionOf(subscription) : null
  const addons = subscriptionId === null ? [] : await addonsOf(tx, orgId, subscriptionId)
  const addonIds = addons.map(({ addonId }) => addonId)
  return {
    tx,
    orgId,
    invoice,
    lines,
    subscription,
    windows: subscriptionId === null ? new Map() : await windowsAround(tx, orgId, subscriptionId, numbers),
    unapplied: await unappliedOf(tx, orgId, invoice),
    addons,
    addonHistories: (planId) => loadAddonHistories(tx, orgId, { planId, addonIds, region }),
    history: async (planId) => {
      const history = histories.get(planId) ?? (await loadTermsHistory(tx, orgId, planId, region))
      histories.set(planId, history)
      return history
    },
  }
}

async function unappliedOf(tx: Tx, orgId: string, { id, cause }: InvoiceRecord): Promise<PlanChangeRecord | null> {
  const change = cause === 'plan_change' ? await findChangeOfInvoice(tx, orgId, id) : undefined
  return change && change.state !== 'applied' ? change : null
}

async function addonsOf(tx: Tx, orgId: string, subscriptionId: string): Promise<readonly SubscriptionAddon[]> {
  return (await findAddonsSince(tx, orgId, [{ subscriptionId, since: 0 }])).get(subscriptionId) ?? []
}

async function windowsAround(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  numbers: readonly number[],
): Promise<Map<number, WindowRecord>> {
  if (numbers.length === 0) return new Map()
  const found = await findWindows(tx, orgId, subscriptionId, {
    from: Math.min(...numbers) - mostWindowsPerPeriod,
    to: Math.max(...numbers) + mostWindowsPerPeriod,
  })
  return new Map(found.map((window) => [window.number, window]))
}

/** The terms of a feature in a window, dated; null when neither its plan nor an add-on had it. */
export async function termsIn(
  kept: KeptRows,
  planId: string,
  featureId: string,
  { number, ...window }: TermsWindow & { readonly number: number },
): Promise<DatedTerms | null> {
  const { model, states } = await kept.history(planId)
  const ofPlan = datedTerms(states.get(featureId) ?? [], window, model)
  const had = hadIn(kept.addons, number)
  const histories = had.length === 0 ? null : await kept.addonHistories(planId)
  return had.reduce<DatedTerms | null>((terms, { addonId, termsRevision }) => {
    const history = histories?.get(addonId)
    if (history?.featureId !== featureId) return terms
    const since = { ...window, sinceRevision: laterOf(window.sinceRevision, termsRevision) }
    const own = datedTerms(history.states, since, history.model)
    return own ? besidePlan(terms, own, model) : terms
  }, ofPlan)
}

/** The plan and the changes that reach the window a line bills; null when nothing of it is kept. */
export async function windowOfLine(
  kept: KeptRows,
  line: DraftLine,
): Promise<{ readonly planId: string; readonly scope: TermsWindow } | null> {
  const { tx, orgId, windows } = kept
  const { windowNumber, startsOn, endsOn } = line
  if (windowNumber === null) return null
  const own = windows.get(windowNumber)
  if (own) return { planId: own.planId, scope: scopeIn(kept, own) }
  // A window that billing never opened, because the subscription ended before it came to it: it had the terms of its first day.
  const last = [...windows.values()].filter(({ number }) => number < windowNumber).at(-1)
  if (!last?.closedAt || !startsOn || !endsOn) return null
  return {
    planId: last.planId,
    scope: {
      sinceRevision: await revisionInForce(tx, orgId, startInstant(startsOn)),
      ...reachOf(last, endsOn),
    },
  }
}

/** The same as an invoice billed it: a change that did not take effect was priced as if the window ended with its decision. */
export function scopeIn({ unapplied }: Pick<KeptRows, 'unapplied'>, window: WindowRecord): TermsWindow {
  if (unapplied?.windowNumber !== window.number) return scopeOf(window)
  return scopeOf({ ...window, closedAt: unapplied.decidedAt, closedRevision: unapplied.decidedRevision })
}

/** A window has the terms of its beginning and every kinder change before its end, or before it was closed early. */
export function scopeOf(window: WindowRecord): TermsWindow {
  return { sinceRevision: window.termsRevision, ...reachOf(window, window.endsOn) }
}

// Up to its last moment where it was closed early: a standing clock gives a change and what follows it one time, and the
// revision tells them apart.
function reachOf({ closedAt, closedRevision }: WindowRecord, endsOn: Temporal.PlainDate): Partial<TermsWindow> {
  const end = startInstant(endsOn)
  const closed = closedAt?.add({ milliseconds: 1 }) ?? end
  return {
    before: Temporal.Instant.compare(end, closed) < 0 ? end : closed,
    ...(closedRevision === null ? {} : { untilRevision: closedRevision }),
  }
}
