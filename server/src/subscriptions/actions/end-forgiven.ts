import { closeAllWindows } from '#billing/actions/close-window.ts'
import { endAccess } from '#billing/actions/end-access.ts'
import { Catalogue } from '#billing/catalogue.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { endCheckout } from '#hosted/checkouts.store.ts'
import { forgiveLines } from '#invoicing/carried-lines.store.ts'
import type { Context } from '#organisations/org.ts'
import { hasAccess } from '#subscriptions/subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * Ends a locked subscription at once because its money goes back. What was used until now is forgiven: nobody who is given their money
 * back is charged for the same period in that moment.
 */
export async function endForgiven(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  reason: string,
): Promise<void> {
  const { org, now } = context
  if (hasAccess(subscription.status)) {
    await closeAllWindows(tx, context, subscription, new Catalogue(org.id))
    await forgiveLines(tx, org.id, subscription.id, now)
  }
  await endCheckout(tx, org.id, subscription.id, 'canceled', now)
  await endAccess(tx, context, subscription, customer, reason)
}
