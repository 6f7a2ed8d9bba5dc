import type { ClosedWindow } from '#billing/actions/close-window.ts'
import { collect } from '#billing/actions/collect.ts'
import { finalHeldLines } from '#billing/actions/held-lines.ts'
import { billWindow } from '#billing/window-bill.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { forgiveLines, placeLines, waitingLines } from '#invoicing/carried-lines.store.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * The last bill of a subscription that ends: overage of the window so far and true-ups of the period, no base. Below the minimum charge it is forgiven.
 * It is charged once; declined, it stays outstanding with no dunning (subscriptions.md, Canceling).
 */
export async function billFinalWindow(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  closed: ClosedWindow,
): Promise<Attempt | null> {
  const { org, now, today } = context
  const bill = billWindow({
    ...closed,
    currency: currency(subscription.currency),
    next: null,
    base: null,
    held: await finalHeldLines(tx, context, subscription, closed),
    waiting: await waitingLines(tx, org.id, subscription.id),
  })
  if (bill.kind !== 'invoice') {
    await forgiveLines(tx, org.id, subscription.id, now)
    return null
  }
  const plan = (await findPlansById(tx, org.id, [subscription.planId])).get(subscription.planId)
  const invoice = await issueInvoice(tx, context, {
    type: bill.type,
    cause: 'cancellation',
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: closed.window.number,
    currency: subscription.currency,
    planName: plan?.name ?? subscription.name,
    periodStart: bill.periodStart,
    periodEnd: lastDay(bill.periodEnd, bill.periodStart, today),
    lines: bill.lines,
    isFinal: true,
  })
  await placeLines(tx, org.id, subscription.id, invoice.id)
  return collect(tx, context, { invoice, subscription, customer, purpose: 'final_invoice' })
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
