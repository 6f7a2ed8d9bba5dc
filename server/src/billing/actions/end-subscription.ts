import { closeAllWindows } from '#billing/actions/close-window.ts'
import { endAccess } from '#billing/actions/end-access.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import { finalHeldLines } from '#billing/actions/held-lines.ts'
import { type Owed, settleBills } from '#billing/actions/settle-bills.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { billFinally } from '#billing/window-bill.ts'
import type { Tx } from '#database/transaction.ts'
import { forgiveLines } from '#invoicing/carried-lines.store.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

export type Ended = {
  readonly subscription: SubscriptionRecord
  /** The final charge, to perform after the commit. */
  readonly attempt: Attempt | null
  /** Its last bill was not asked for, because no answer could have shown it. */
  readonly isTooLarge: boolean
}

/**
 * Ends a running subscription: its last bill is the overage of the windows so far and the true-ups of the period, no base. Below
 * the minimum charge it is forgiven. It is charged once; declined, it stays outstanding with no dunning (subscriptions.md, Canceling).
 */
export async function endSubscription(
  tx: Tx,
  context: Context,
  due: Due,
  reason: string | null,
  catalogue: Catalogue,
): Promise<Ended> {
  const { subscription, customer } = due
  const owed = await lastBill(tx, context, due, catalogue)
  const {
    attempts: [attempt],
    tooLarge,
  } = await settleBills(tx, context, owed ? [owed] : [])
  const ended = await endAccess(tx, context, subscription, customer, reason)
  return { subscription: ended, attempt: attempt ?? null, isTooLarge: tooLarge.length > 0 }
}

/** Closes the windows of a subscription that ends now and gives its last bill; null when there is nothing to ask for. */
export async function lastBill(tx: Tx, context: Context, due: Due, catalogue: Catalogue): Promise<Owed | null> {
  const { org, now, today } = context
  const { subscription, waiting } = due
  const windows = await closeAllWindows(tx, context, subscription, catalogue)
  const bill = billFinally({
    windows,
    currency: currency(subscription.currency),
    held: await finalHeldLines(tx, context, subscription, windows[0]),
    waiting,
  })
  if (bill.kind === 'forgive') {
    if (waiting.length > 0) await forgiveLines(tx, org.id, subscription.id, now)
    return null
  }
  const plan = await catalogue.plan(tx, subscription.planId)
  return {
    due,
    bill: { ...bill, periodEnd: lastDay(bill.periodEnd, bill.periodStart, today) },
    windowNumber: subscription.windowNumber,
    planName: plan?.name ?? subscription.name,
    purpose: 'final_invoice',
    isEnd: true,
  }
}

// A window that is cut short by an immediate cancellation ends today; the day after when it began today.
function lastDay(
  planned: Temporal.PlainDate,
  start: Temporal.PlainDate,
  today: Temporal.PlainDate,
): Temporal.PlainDate {
  if (Temporal.PlainDate.compare(planned, today) <= 0) return planned
  return Temporal.PlainDate.compare(today, start) > 0 ? today : start.add({ days: 1 })
}
