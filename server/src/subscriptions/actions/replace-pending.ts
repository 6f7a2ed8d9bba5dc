import assert from 'node:assert/strict'
import { endAccess } from '#billing/actions/end-access.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout, findOpenCheckouts } from '#hosted/checkouts.store.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { findInvoicesOfSubscription } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findCheckoutAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * Ends a subscription that still waits for its checkout: the checkout is closed, its invoice voided. A payment that is under
 * way first has to come to its end: 409 `charge_in_progress`.
 */
export async function endPending(
  tx: Tx,
  context: Context,
  pending: SubscriptionRecord,
  customer: CustomerRecord,
  reason: string | null,
): Promise<SubscriptionRecord> {
  const { org, now } = context
  const locked = await lockSubscription(tx, org.id, pending.id)
  const isWaiting = locked?.status === 'pending_payment' || locked?.status === 'draft'
  assert(isWaiting, `subscription ${pending.id} still waits for its checkout`)
  const checkout = (await findOpenCheckouts(tx, org.id, [pending.id])).get(pending.id)
  const attempt = checkout && (await findCheckoutAttempt(tx, org.id, checkout.id))
  if (attempt && isInFlight(attempt.state)) {
    throw new Problem(
      'charge_in_progress',
      'The customer is paying in the checkout at this moment. Try again in a minute.',
    )
  }
  await endCheckout(tx, org.id, pending.id, 'canceled', now)
  for (const invoice of await findInvoicesOfSubscription(tx, org.id, pending.id, 'outstanding')) {
    await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  }
  return endAccess(tx, context, pending, customer, reason)
}

/** Another selection takes the place of one that was never paid. */
export function replacePending(
  tx: Tx,
  context: Context,
  pending: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<SubscriptionRecord> {
  return endPending(tx, context, pending, customer, 'replaced')
}
