import { collect } from '#billing/actions/collect.ts'
import { finalHeldLines } from '#billing/actions/held-lines.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { billFinally, type ClosedWindow } from '#billing/window-bill.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { forgiveLines, placeLines, waitingLines } from '#invoicing/carried-lines.store.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * The last bill of a subscription that ends: overage of the windows so far and true-ups of the period, no base. Below the
 * minimum charge it is forgiven.
 * It is charged once; declined, it stays outstanding with no dunning (subscriptions.md, Canceling).
 */
export async function billFinalWindow(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  windows: readonly [ClosedWindow, ...ClosedWindow[]],
  catalogue: Catalogue,
): Promise<Attempt | null> {
  const { org, now, today } = context
  const bill = billFinally({
    windows,
    currency: currency(subscription.currency),
    held: await finalHeldLines(tx, context, subscription, windows[0]),
    waiting: await waitingLines(tx, org.id, subscription.id),
  })
  if (bill.kind === 'forgive') {
    await forgiveLines(tx, org.id, subscription.id, now)
    return null
  }
  const plan = await catalogue.plan(tx, subscription.planId)
  const method = await findDefaultMethod(tx, org.id, customer.id)
  const invoice = await issueInvoice(tx, context, {
    type: bill.type,
    cause: bill.cause,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: subscription.windowNumber,
    currency: subscription.currency,
    planName: plan?.name ?? subscription.name,
    periodStart: bill.periodStart,
    periodEnd: lastDay(bill.periodEnd, bill.periodStart, today),
    lines: bill.lines,
    finalFor: customer,
  })
  await placeLines(tx, org.id, subscription.id, invoice.id)
  return collect(tx, context, { invoice, subscription, customer, method, purpose: 'final_invoice' })
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
