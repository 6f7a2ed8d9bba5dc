import type { PastTerms } from '#billing/simulation/past-terms.ts'
import type { Tx } from '#database/transaction.ts'
import { carriedLinesOf, type KeptLine } from '#invoicing/carried-lines.store.ts'
import { type InvoiceLineRecord, linesOf } from '#invoicing/invoice-lines.store.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { invoicesSince } from '#invoicing/past-invoices.store.ts'
import type { HeldStepRecord } from '#metering/held.store.ts'
import { heldChanges, settledSteps, totalsOfWindows, type WindowRange } from '#metering/past-usage.store.ts'
import type { PastChange } from '#metering/past-usage.ts'
import { findCaps, type SpendCapRecord } from '#metering/spend-caps.store.ts'
import type { Quantity } from '#money/quantity.ts'
import { refundMoments } from '#payments/refunds.store.ts'
import { type PastWindows, subscriptionsOfCustomers, windowsSince } from '#subscriptions/past-windows.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import type { WindowRecord } from '#subscriptions/windows.store.ts'
import type { BillingInterval } from '#time/interval.ts'

/** What the rows of a subscription are read with. */
export type PastReading = {
  readonly terms: PastTerms
  /** The interval of a price, by its id; undefined for a price of another plan. */
  readonly intervalOf: (priceId: string) => BillingInterval | undefined
}

/** A subscription with the kept rows that its closed windows were billed from. */
export type PastRows = {
  readonly subscription: SubscriptionRecord
  /** Those that are to be billed again, in their order. */
  readonly windows: readonly ClosedRecord[]
  /** They and their neighbours. */
  readonly all: readonly WindowRecord[]
  /** What was counted, by window number and feature id. */
  readonly used: ReadonlyMap<number, ReadonlyMap<string, Quantity>>
  readonly invoices: readonly PastInvoice[]
  readonly carried: readonly KeptLine[]
  readonly steps: readonly HeldStepRecord[]
  readonly changes: ReadonlyMap<string, readonly PastChange[]>
  readonly caps: readonly SpendCapRecord[]
  /** When a payment was given back, which ends what it paid for. */
  readonly refundedAt: readonly Temporal.Instant[]
}

export type ClosedRecord = WindowRecord & { readonly closedAt: Temporal.Instant }
export type PastInvoice = { readonly invoice: InvoiceRecord; readonly lines: readonly InvoiceLineRecord[] }

/** A period lasts a year at most. */
const periodHours = 24 * 400
/** A window lasts a month at most; its first invoice may have waited in a checkout for as long again. */
const invoiceHours = 24 * 100
const lastNumber = 2_147_483_647

/** Reads all of it for some customers, in one query for each kind of row. */
export async function readPast(
  tx: Tx,
  orgId: string,
  past: PastWindows,
  customerIds: readonly string[],
): Promise<PastRows[]> {
  const subscriptions = await subscriptionsOfCustomers(tx, orgId, customerIds)
  const ids = subscriptions.map(({ id }) => id)
  const all = await windowsSince(tx, orgId, ids, past.after.subtract({ hours: periodHours }))
  const known = subscriptions.flatMap((subscription) => {
    const own = all.get(subscription.id) ?? []
    const windows = own.flatMap((window) => (isToBill(window, past) ? [window] : []))
    return windows.length > 0 ? [{ subscription, all: own, windows }] : []
  })
  const found = known.map(({ subscription }) => subscription.id)
  if (found.length === 0) return []
  const totals = await totalsOfWindows(tx, orgId, known.map(rangeOf))
  const used = Map.groupBy(totals, ({ subscriptionId }) => subscriptionId)
  const invoices = await invoicesSince(tx, orgId, found, past.after.subtract({ hours: invoiceHours }))
  const lines = await linesOf(
    tx,
    orgId,
    [...invoices.values()].flat().map(({ id }) => id),
  )
  const carried = await carriedLinesOf(tx, orgId, found)
  const steps = await settledSteps(tx, orgId, found)
  const changes = await heldChanges(tx, orgId, found)
  const caps = Map.groupBy(await findCaps(tx, orgId, found), ({ subscriptionId }) => subscriptionId)
  const refunds = await refundMoments(tx, orgId, found)
  return known.map((rows) => {
    const { id } = rows.subscription
    return {
      ...rows,
      used: byWindow(used.get(id) ?? []),
      invoices: (invoices.get(id) ?? []).map((invoice) => ({ invoice, lines: lines.get(invoice.id) ?? [] })),
      carried: carried.get(id) ?? [],
      steps: steps.get(id) ?? [],
      changes: changes.get(id) ?? new Map(),
      caps: caps.get(id) ?? [],
      refundedAt: refunds.get(id) ?? [],
    }
  })
}

function isToBill(window: WindowRecord, { planId, after, until }: PastWindows): window is ClosedRecord {
  const { closedAt } = window
  if (closedAt === null || window.planId !== planId) return false
  return Temporal.Instant.compare(closedAt, after) > 0 && Temporal.Instant.compare(closedAt, until) <= 0
}

// Windows that billing never opened come after the last one of all.
export function rangeOf({
  subscription,
  windows,
  all,
}: Pick<PastRows, 'subscription' | 'windows' | 'all'>): WindowRange {
  const last = windows.at(-1)?.number ?? 0
  const to = all.at(-1)?.number === last ? lastNumber : last
  return { subscriptionId: subscription.id, from: windows[0]?.number ?? 0, to }
}

function byWindow(
  totals: readonly { readonly windowNumber: number; readonly featureId: string; readonly total: Quantity }[],
): Map<number, Map<string, Quantity>> {
  return new Map(
    [...Map.groupBy(totals, ({ windowNumber }) => windowNumber)].map(([number, own]) => [
      number,
      new Map(own.map(({ featureId, total }) => [featureId, total])),
    ]),
  )
}
