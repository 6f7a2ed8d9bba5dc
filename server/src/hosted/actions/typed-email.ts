import type { Db, Tx } from '#database/transaction.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { findLiveSubscription } from '#subscriptions/subscriptions.store.ts'

/**
 * Whether a customer's email address is changed only where it is confirmed (`email-change-pages.ts`): once they have paid or have a
 * plan. Whoever was forwarded a link to pay could otherwise make the account of another their own.
 */
export async function isEmailFixed(db: Db, orgId: string, customerId: string): Promise<boolean> {
  if (await findDefaultMethod(db, orgId, customerId)) return true
  const subscription = await findLiveSubscription(db, orgId, customerId)
  return subscription !== undefined && subscription.status !== 'draft' && subscription.status !== 'pending_payment'
}

/** What was typed as an email address, where it becomes the customer's by that; undefined where it stays what it is. */
export async function typedEmail(
  tx: Tx,
  orgId: string,
  customerId: string,
  email: string | undefined,
): Promise<string | undefined> {
  return email === undefined || (await isEmailFixed(tx, orgId, customerId)) ? undefined : email
}
