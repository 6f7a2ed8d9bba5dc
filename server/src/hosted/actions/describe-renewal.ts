import type * as z from 'zod'
import { forecastRenewal } from '#billing/actions/forecast-renewal.ts'
import { gatherDue } from '#billing/actions/gather-due.ts'
import { Catalogue } from '#billing/catalogue.ts'
import type { Discount } from '#billing/charges/discount.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import type { CheckoutRecord } from '#hosted/checkouts.store.ts'
import type { Checkout } from '#hosted/hosted.contract.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { taxOnDraft } from '#invoicing/price-invoice.ts'
import type { Context } from '#organisations/org.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import { firstWindow } from '#subscriptions/schedule.ts'
import { discountColumns } from '#subscriptions/selection.ts'
import { hasAccess } from '#subscriptions/subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import type { TaxRate } from '#tax/tax-rate.ts'
import { billingPeriod } from '#time/anchor.ts'
import { isRecurring, type RecurringInterval } from '#time/interval.ts'

type Renewal = NonNullable<z.output<typeof Checkout>['renewal']>

/**
 * A checkout with what it is about; `lines` are those of its invoice, which of a `reactivation` say what every period costs until it
 * is paid.
 */
export type Renewing = {
  readonly checkout: CheckoutRecord
  readonly subscription: SubscriptionRecord
  readonly lines: readonly DraftLine[]
  readonly reactivation: InvoiceRecord | null
  readonly rates: readonly TaxRate[]
}

/**
 * What a customer agrees to be charged every period after today, with tax: the first paid period of a trial, the one after what is
 * paid now otherwise. The base with its discount, what is held beyond the plan and add-ons, as the renewal itself will charge them;
 * what is used comes on top. Null where nothing renews.
 */
export async function describeRenewal(db: Db, context: Context, renewing: Renewing): Promise<Renewal | null> {
  const { checkout, subscription, reactivation, lines, rates } = renewing
  const { billingInterval } = subscription
  if (billingInterval === null || !isRecurring(billingInterval)) return null
  if (reactivation && checkout.status !== 'complete') {
    const charges = lines.filter(({ lineType }) => lineType !== 'credit')
    return { amount: withTax(charges, rates), billingInterval, on: reactivation.periodEnd, later: null }
  }
  if (!goesOn(subscription)) return null
  const running = hasAccess(subscription.status) ? subscription : asBegun(context, renewing)
  const read = { isolation: 'repeatable read', readOnly: true } as const
  return inTransaction(db, (tx) => renewalOf(tx, context, running, rates), read)
}

// Whether anything more will be charged: a receipt is looked at again long after the subscription was given up.
function goesOn({ status, cancelEffectiveOn }: SubscriptionRecord): boolean {
  return status !== 'canceled' && cancelEffectiveOn === null
}

async function renewalOf(
  tx: Tx,
  context: Context,
  running: SubscriptionRecord,
  rates: readonly TaxRate[],
): Promise<Renewal | null> {
  const on = running.periodEnd
  const next = await linesAfter(tx, context, running)
  if (on === null || next === null) return null
  const amount = withTax(next.lines, rates)
  const { interval: billingInterval } = next
  const discount = next.isSwitched ? null : runningDiscount(running)
  const ends = discount && discountEnd(running, billingInterval, discount, on)
  const full = ends && (await linesAfter(tx, context, { ...running, ...discountColumns(null) }))
  const later = full && { amount: withTax(full.lines, rates), on: ends }
  return { amount, billingInterval, on, later: later && later.amount !== amount ? later : null }
}

type After = {
  readonly lines: readonly DraftLine[]
  readonly interval: RecurringInterval
  /** It is on another plan by then, where one is scheduled. */
  readonly isSwitched: boolean
}

// What waits for the next invoice is charged once and no part of what every period costs. Null where a free plan follows.
async function linesAfter(tx: Tx, context: Context, running: SubscriptionRecord): Promise<After | null> {
  const { org } = context
  const [due] = await gatherDue(tx, org.id, [running])
  if (!due) return null
  const addons = (await findActiveAddons(tx, org.id, [running.id])).get(running.id) ?? []
  const catalogue = new Catalogue(org.id)
  const { lines, switched } = await forecastRenewal(tx, context, { ...due, waiting: [] }, addons, catalogue)
  const interval = (switched?.subscription ?? running).billingInterval
  return interval !== null && isRecurring(interval) ? { lines, interval, isSwitched: switched !== null } : null
}

// A subscription as the payment of its checkout would begin it today.
function asBegun({ today }: Context, { checkout, subscription }: Renewing): SubscriptionRecord {
  const { billingInterval, windowNumber, discountKind, discountCyclesUsed } = subscription
  const isTrial = checkout.kind === 'trial'
  const trialDays = isTrial ? subscription.trialDays : 0
  const window = firstWindow({ on: today, billingInterval, isFree: false, trialDays }, windowNumber + 1)
  return {
    ...subscription,
    status: isTrial ? 'trialing' : 'active',
    anchor: today,
    windowNumber: window.number,
    windowStart: window.startsOn,
    windowEnd: window.endsOn,
    periodStart: window.periodStart,
    periodEnd: window.periodEnd,
    trialEndsOn: isTrial ? window.periodEnd : null,
    discountCyclesUsed: discountCyclesUsed + (isTrial || discountKind === null ? 0 : 1),
  }
}

// The first day of a period at the full price, counted from the day that billing days are counted from.
function discountEnd(
  { status, anchor }: SubscriptionRecord,
  interval: RecurringInterval,
  { cycles, cyclesUsed }: Discount,
  on: Temporal.PlainDate,
): Temporal.PlainDate | null {
  if (cycles === null) return null
  const counted = status === 'trialing' ? on : (anchor ?? on)
  let day = on
  for (let left = cycles - cyclesUsed; left > 0; left -= 1) day = billingPeriod(counted, interval, day).end
  return day
}

function withTax(lines: readonly DraftLine[], rates: readonly TaxRate[]): bigint {
  return lines.reduce((sum, { amount }) => sum + amount, 0n) + taxOnDraft(lines, rates)
}
