import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout } from '#hosted/checkouts.store.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { findInvoice, findOpenReactivations } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'

/**
 * The locked customer subscribes anew: what an earlier subscription would have cost to reactivate is not owed any more. 409
 * charge_in_progress while it is being paid.
 */
export async function dropReactivations(tx: Tx, context: Context, customer: CustomerRecord): Promise<void> {
  const { org, now } = context
  for (const { id, subscriptionId } of await findOpenReactivations(tx, org.id, customer.id)) {
    if (subscriptionId !== null) await lockSubscription(tx, org.id, subscriptionId)
    const invoice = await findInvoice(tx, org.id, id)
    if (invoice?.status !== 'outstanding') continue
    const newest = await findInvoiceAttempt(tx, org.id, id)
    if (newest && isInFlight(newest.state)) {
      throw new Problem('charge_in_progress', 'The customer is paying for their earlier subscription at this moment.')
    }
    if (subscriptionId !== null) await endCheckout(tx, org.id, subscriptionId, 'canceled', now)
    await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  }
}
