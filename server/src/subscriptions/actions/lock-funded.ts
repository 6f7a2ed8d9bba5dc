import type { CustomerRecord } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import { type AccountRecord, lockAccount } from '#metering/ledger-accounts.store.ts'
import type { Context } from '#organisations/org.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * A subscription with its customer and its account, locked in the one order: customer, subscription, account. 409
 * charge_in_progress while a change of its plan is paid.
 */
export async function lockFunded(
  tx: Tx,
  context: Context,
  id: string,
): Promise<{ subscription: SubscriptionRecord; customer: CustomerRecord; account: AccountRecord | undefined }> {
  const { subscription, customer } = await lockWithCustomer(tx, context, id)
  await refuseWhileChanging(tx, context.org, subscription.id)
  return { subscription, customer, account: await lockAccount(tx, context.org.id, subscription.id) }
}
