import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout, findOpenCheckouts } from '#hosted/checkouts.store.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findCheckoutAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { endPlanChange, type PlanChangeRecord } from '#subscriptions/plan-changes.store.ts'

/**
 * Drops a change that waits for its checkout: the checkout is closed and its invoice voided. A payment that is under way first has
 * to come to its end: 409 charge_in_progress.
 */
export async function dropAwaited(
  tx: Tx,
  context: Context,
  change: PlanChangeRecord,
  customer: CustomerRecord,
): Promise<void> {
  const { org, now } = context
  const checkout = (await findOpenCheckouts(tx, org.id, [change.subscriptionId])).get(change.subscriptionId)
  const attempt = checkout && (await findCheckoutAttempt(tx, org.id, checkout.id))
  if (attempt && isInFlight(attempt.state)) {
    throw new Problem(
      'charge_in_progress',
      'The customer is paying in the checkout at this moment. Try again in a minute.',
    )
  }
  await endCheckout(tx, org.id, change.subscriptionId, 'canceled', now)
  const invoice = change.invoiceId === null ? undefined : await findInvoice(tx, org.id, change.invoiceId)
  if (invoice?.status === 'outstanding') await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  await endPlanChange(tx, org.id, change.id, 'dropped', now)
}
