import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** `trial.expired` and the customer's state before it, with the status the subscription has from now on. */
export async function tellTrialExpired(
  tx: Tx,
  context: Context,
  { subscription, customer }: { subscription: SubscriptionRecord; customer: CustomerRecord },
  planName: string,
): Promise<void> {
  await tellState(tx, context, customer.id, 'trial_expired')
  await recordEvent(tx, context, 'trial.expired', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    status: subscription.status,
    planId: subscription.planId,
    planName,
    trialEndsAt: `${String(subscription.trialEndsOn)}T00:00:00.000Z`,
  })
}
