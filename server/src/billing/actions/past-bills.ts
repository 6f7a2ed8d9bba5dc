import { scopeOf } from '#billing/actions/kept-rows.ts'
import { heldOf } from '#billing/actions/past-held.ts'
import type { ClosedRecord, PastInvoice, PastReading, PastRows } from '#billing/actions/read-past.ts'
import type { Discount } from '#billing/charges/discount.ts'
import { matchCarried } from '#billing/explanation/carried.ts'
import type { OpenedWindow } from '#billing/simulation/held-replay.ts'
import type { PastBase, PastWindow, WindowEndKind } from '#billing/simulation/rebill.ts'
import type { KeptLine } from '#invoicing/carried-lines.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { currency } from '#money/currency.ts'
import { nextWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import { type WindowRecord, windowPlanOf } from '#subscriptions/windows.store.ts'
import type { BillingInterval } from '#time/interval.ts'
import { isBefore, periodDays, startInstant, utcDay } from '#time/period.ts'

/** The bill of a window's end as it was, and with a first window the one of its beginning. */
export type PastBill = {
  readonly record: ClosedRecord
  /** Everything but the overdraft, which is replayed by itself. */
  readonly past: Omit<PastWindow, 'overdraft'>
  /** Lines of the plan that were invoiced at the window's end. */
  readonly invoiced: readonly DraftLine[]
  /** The invoice was withdrawn, or nothing was asked for at a refund or for a renewal that was never paid. */
  readonly isForgiven: boolean
  readonly opening: PastOpening | null
}

export type PastOpening = {
  readonly base: PastBase
  readonly invoiced: readonly DraftLine[]
  readonly terms: PastWindow['terms']
  readonly opened: OpenedWindow
  /** The changes of seats and quota that it counted to, by feature id, as far as it bills them. */
  readonly counted: ReadonlyMap<string, bigint>
}

/** The bills of the closed windows of a subscription, in their order. */
export function pastBills(rows: PastRows, reading: PastReading): PastBill[] {
  return rows.windows.map((record) => pastBill(rows, record, reading))
}

/** The lines that waited when a window's end was billed. */
export function waitingAt(rows: PastRows, { closedAt, number }: ClosedRecord, reading: PastReading): DraftLine[] {
  const { carried, invoices } = rows
  const issuedAt = new Map(invoices.map(({ invoice }) => [invoice.id, invoice.issuedAt]))
  const isGone = ({ invoiceId, forgivenAt }: KeptLine) => {
    const gone =
      invoiceId === null ? forgivenAt : (issuedAt.get(invoiceId) ?? Temporal.Instant.fromEpochMilliseconds(0))
    return gone !== null && Temporal.Instant.compare(gone, closedAt) < 0
  }
  const isCarried = ({ carriedAt, line }: KeptLine) => {
    const order = Temporal.Instant.compare(carriedAt, closedAt)
    return order < 0 || (order === 0 && isOfEarlier(line, number))
  }
  return carried
    .flatMap((one) => (isCarried(one) && !isGone(one) ? [one.line] : []))
    .map((line) => (isUntouched(line, rows, reading) ? unchanged(line) : line))
}

const beginning: ReadonlySet<string> = new Set(['plan_base', 'discount', 'promo_code_discount'])

/** Of what waits since the instant a window ended at: whether it is of the bill that began that window, or of an earlier one. */
function isOfEarlier({ windowNumber, lineType, chargeType }: DraftLine, ended: number): boolean {
  if (windowNumber === null || windowNumber > ended) return false
  return windowNumber < ended || isOfBeginning({ lineType, chargeType })
}

const isOfBeginning = ({ lineType, chargeType }: Pick<DraftLine, 'lineType' | 'chargeType'>): boolean =>
  beginning.has(lineType) || chargeType === 'advance'

function pastBill(rows: PastRows, record: ClosedRecord, reading: PastReading): PastBill {
  const { subscription } = rows
  const window = windowPlanOf(record)
  const next = rows.all.find(({ number }) => number === record.number + 1)
  const found = rows.invoices.filter((one) => endsWindow(one, record))
  const invoice = found.find(({ invoice: { status } }) => status !== 'void')
  const fresh = freshLines(rows, record, invoice)
  const base = baseOf(fresh, record, next, reading, subscription.billingInterval)
  const end = endOf(rows, record, next, base, found)
  const interval = intervalOfWindow(window, subscription.billingInterval)
  const isOther = (line: DraftLine) => isUntouched(line, rows, reading)
  const terms = reading.terms.in(scopeOf(record))
  return {
    record,
    past: {
      window,
      end,
      interval,
      terms,
      used: rows.used.get(record.number) ?? new Map(),
      later: end === 'final' ? laterWindows(rows, record, reading) : [],
      held: heldOf(rows, record, { end, base, next, terms }, reading),
      base,
      others: fresh.filter((line) => isOther(line) && !isPayment(line)).map(unchanged),
      caps: rows.caps.filter(({ sinceWindow }) => sinceWindow < record.number),
      isCheckout: window.kind === 'trial' && base !== null && !isContinuous(record, next),
    },
    invoiced: (invoice?.lines ?? []).filter((line) => !isOther(line)),
    isForgiven: !invoice && (found.length > 0 || (end === 'final' && isForgiven(rows, record, next))),
    opening: openingOf(rows, record, reading),
  }
}

// The invoice of a change that was declined is void, and the window went on.
function endsWindow({ invoice }: PastInvoice, { number }: ClosedRecord): boolean {
  if (invoice.status === 'void' && invoice.cause === 'plan_change') return false
  return invoice.cause !== null && !isOpening(invoice) && invoice.windowNumber === number
}

/** Invoices that begin access: paid in a checkout, from nothing or from a free plan, or a reactivation. */
const isOpening = ({ cause, type }: PastInvoice['invoice']): boolean =>
  cause === 'first' || type === 'reactivation' || (cause === 'plan_change' && type === 'recurring')

const forgiving: ReadonlySet<string> = new Set(['dunning_exhausted', 'refund'])
/** Dunning lasts seven days. */
const dunningHours = 24 * 8

/** Whether what was used last was never asked for, because a renewal was not paid or what had been paid was given back. */
function isForgiven(
  { subscription, invoices, refundedAt }: PastRows,
  { closedAt }: ClosedRecord,
  next: WindowRecord | undefined,
) {
  if (refundedAt.some((moment) => Temporal.Instant.compare(moment, closedAt) === 0)) return true
  if (!next) return forgiving.has(subscription.cancelReason ?? '')
  // Reactivated since: its invoice that was given up says so.
  return invoices.some(({ invoice: { status, issuedAt } }) => {
    const since = closedAt.subtract({ hours: dunningHours })
    return status === 'uncollectible' && Temporal.Instant.compare(issuedAt, since) >= 0
  })
}

/** What was billed with a window's end for the first time, whether it was invoiced or waited. */
function freshLines(
  { carried, subscription }: PastRows,
  { closedAt, number }: ClosedRecord,
  found: PastInvoice | undefined,
) {
  if (!found) {
    const isFresh = ({ line, carriedAt }: KeptLine) =>
      Temporal.Instant.compare(carriedAt, closedAt) === 0 && !isOfEarlier(line, number)
    return carried.flatMap((one) => (isFresh(one) ? [one.line] : []))
  }
  const before = carried.filter(({ invoiceId }) => invoiceId === found.invoice.id)
  const matched = matchCarried(found.lines, before, currency(subscription.currency))
  return found.lines.filter((_, index) => matched[index] === null)
}

function baseOf(
  fresh: readonly DraftLine[],
  record: ClosedRecord,
  next: WindowRecord | undefined,
  reading: PastReading,
  interval: BillingInterval | null,
): PastBase | null {
  return isOfOtherPlan(record, next) ? null : baseIn(fresh, record.number + 1, reading, interval)
}

// Another plan follows, or a change that is charged at once begins a period that nobody planned.
function isOfOtherPlan(record: ClosedRecord, next: WindowRecord | undefined): boolean {
  return next !== undefined && (next.planId !== record.planId || isBefore(utcDay(record.closedAt), record.endsOn))
}

function baseIn(
  lines: readonly DraftLine[],
  windowNumber: number,
  { intervalOf }: PastReading,
  interval: BillingInterval | null,
): PastBase | null {
  const line = lines.find((one) => one.lineType === 'plan_base' && one.windowNumber === windowNumber)
  if (!line?.startsOn || !line.endsOn) return null
  const own = line.basis?.kind === 'price' ? intervalOf(line.basis.priceId) : undefined
  const paid = own ?? interval
  if (paid === null) return null
  const discount = lines.find((one) => isDiscount(one) && one.windowNumber === windowNumber)
  const { startsOn, endsOn } = line
  return {
    interval: paid,
    price: line.amount,
    planName: line.description,
    window: { number: windowNumber, kind: 'paid', startsOn, endsOn, periodStart: startsOn, periodEnd: endsOn },
    discount: discount ? discountOf(discount) : null,
  }
}

const isDiscount = ({ lineType }: DraftLine) => lineType === 'discount' || lineType === 'promo_code_discount'

function discountOf({ lineType, discountType, discountValue, discountName, basis, amount }: DraftLine): Discount {
  const cycle = basis?.kind === 'cycle' ? basis : { cycle: 1, cycles: null }
  return {
    kind: lineType === 'discount' ? 'intro_offer' : 'promo_code',
    type: discountType ?? 'amount',
    value: discountValue ?? -amount,
    name: discountName,
    cycles: cycle.cycles,
    cyclesUsed: cycle.cycle - 1,
  }
}

function endOf(
  rows: PastRows,
  record: ClosedRecord,
  next: WindowRecord | undefined,
  base: PastBase | null,
  found: readonly PastInvoice[],
): WindowEndKind {
  if (found.some(({ invoice }) => invoice.type === 'plan_change')) return 'change'
  if (found.some(({ invoice }) => invoice.cause === 'cancellation')) return 'final'
  if (base) return 'renewal'
  // Whatever the clock says: what a bill of its own opens is another life of the subscription.
  if (next && opensWindow(rows, next.number)) return 'final'
  return isContinuous(record, next) && next?.kind === record.kind ? 'renewal' : 'final'
}

const isContinuous = ({ closedAt }: ClosedRecord, next: WindowRecord | undefined): boolean =>
  next !== undefined && Temporal.Instant.compare(next.openedAt, closedAt) === 0

/** The interval a window was paid at, as its period says. */
function intervalOfWindow(window: WindowPlan, current: BillingInterval | null): BillingInterval | null {
  const { kind, periodStart, periodEnd } = window
  if (kind !== 'paid' || periodEnd === null) return current
  const days = periodDays({ start: periodStart, end: periodEnd })
  if (days <= 7) return 'weekly'
  if (days <= 31) return 'monthly'
  return days <= 92 ? 'quarterly' : 'yearly'
}

const ofPlan: ReadonlySet<string> = new Set(['plan_base', 'discount', 'promo_code_discount', 'balance_overage'])

/** Whether a line is one that terms of a plan make: its base, its discount, and what its features come to. */
function isOfPlan({ lineType, featureId }: DraftLine, { terms }: PastReading): boolean {
  if (ofPlan.has(lineType)) return true
  return lineType.startsWith('feature_') && featureId !== null && terms.has(featureId)
}

/**
 * Whether a draft leaves a line as it was, whenever it was invoiced: those of add-ons and of another plan, and those that begin a
 * period nobody planned.
 */
function isUntouched(line: DraftLine, { all }: PastRows, reading: PastReading): boolean {
  if (!isOfPlan(line, reading)) return true
  const before = all.find(({ number }) => number + 1 === line.windowNumber)
  if (!before || before.closedAt === null || !isOfBeginning(line)) return false
  const { closedAt } = before
  return isOfOtherPlan(
    { ...before, closedAt },
    all.find(({ number }) => number === line.windowNumber),
  )
}

/** Customer credit pays what is billed: it is no part of it. Unused time of a price is. */
const isPayment = ({ lineType, basis }: DraftLine): boolean => lineType === 'credit' && basis?.kind !== 'unused_base'

/** A line that counts in the total of its bill, and in nothing else. */
const unchanged = (line: DraftLine): DraftLine => ({ ...line, lineType: 'one_time' })

function laterWindows({ subscription, used, all }: PastRows, record: ClosedRecord, { terms }: PastReading) {
  if (all.at(-1)?.number !== record.number || subscription.anchor === null) return []
  const last = Math.max(record.number, ...used.keys())
  const { billingInterval, trialEndsOn } = subscription
  const later: PastWindow['later'][number][] = []
  let state = { window: windowPlanOf(record), anchor: subscription.anchor }
  while (state.window.number < last) {
    const { anchor, ...window } = nextWindow({ ...state, billingInterval, trialEndsOn })
    state = { window, anchor }
    const [start, end] = [startInstant(window.startsOn), startInstant(window.endsOn)]
    const counted = used.get(window.number)
    if (!counted || Temporal.Instant.compare(start, record.closedAt) >= 0) continue
    const closed = record.closedAt.add({ milliseconds: 1 })
    const before = Temporal.Instant.compare(end, closed) < 0 ? end : closed
    later.push({ window, used: counted, terms: terms.in({ sinceRevision: terms.revisionAt(start), before }) })
  }
  return later
}

/** The bill that began a first window or one after a reactivation. */
function openingOf(rows: PastRows, record: ClosedRecord, reading: PastReading): PastOpening | null {
  if (record.kind !== 'paid') return null
  const { billingInterval } = rows.subscription
  const found = openingsOf(rows, record.number)
    .map(({ lines }) => ({ lines, base: baseIn(lines, record.number, reading, billingInterval) }))
    .find(({ base }) => base !== null)
  if (!found?.base) return null
  const { base, lines } = found
  const counted = lines.flatMap(({ basis, featureId }) =>
    basis?.kind === 'held' && featureId !== null ? [[featureId, BigInt(basis.heldEvent)] as const] : [],
  )
  return {
    base,
    invoiced: lines.filter((line) => isOfPlan(line, reading)),
    terms: reading.terms.at(record.termsRevision),
    opened: record,
    counted: new Map(counted),
  }
}

/** The bills with the base of a window that begin access with it. */
function openingsOf({ invoices }: PastRows, windowNumber: number): PastInvoice[] {
  const isBase = ({ lineType, windowNumber: of }: DraftLine) => lineType === 'plan_base' && of === windowNumber
  return invoices.filter(({ invoice, lines }) => invoice.status !== 'void' && isOpening(invoice) && lines.some(isBase))
}

const opensWindow = (rows: PastRows, windowNumber: number): boolean => openingsOf(rows, windowNumber).length > 0
