import type { Tx } from '#database/transaction.ts'
import type { MailContent } from '#mail/mail.ts'
import { queueMails } from '#mail/outbox.ts'
import { type AccountRecord, raiseMailed } from '#metering/ledger-accounts.store.ts'
import { mailLevels, nextRefill, type Threshold } from '#metering/thresholds.ts'
import { currency } from '#money/currency.ts'
import { rateToMinor } from '#money/rate.ts'
import type { Moment } from '#organisations/org.ts'
import { findSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * Mails a customer that little or nothing is left, in the transaction that tells it: each once in a window, and not that little
 * is left after it was said that nothing is. `left` counts credits, or is on the rate scale.
 */
export async function mailThreshold(
  tx: Tx,
  moment: Moment,
  { subscriptionId, customerId }: { readonly subscriptionId: string; readonly customerId: string },
  threshold: Threshold,
  left: bigint,
): Promise<void> {
  const account = await raiseMailed(tx, moment.org.id, subscriptionId, mailLevels[threshold])
  const subscription = account && (await findSubscription(tx, moment.org.id, subscriptionId))
  if (!subscription) return
  await queueMails(tx, moment, [{ customerId, content: contentOf(threshold, subscription, account, left) }])
}

function contentOf(
  threshold: Threshold,
  subscription: SubscriptionRecord,
  account: AccountRecord,
  left: bigint,
): MailContent {
  const about = { planName: subscription.name, refillsOn: nextRefill(subscription)?.toString() ?? null }
  switch (threshold) {
    case 'credits.low':
      return { kind: 'credits_low', facts: { ...about, credits: left.toString() } }
    case 'credits.depleted':
      return { kind: 'credits_depleted', facts: about }
    case 'balance.low': {
      const amount = rateToMinor(left, currency(subscription.currency)).toString()
      return { kind: 'balance_low', facts: { ...about, amount, currency: subscription.currency } }
    }
    case 'balance.depleted':
      return { kind: 'balance_depleted', facts: { ...about, isBilledBeyond: account.mayOverdraw } }
    default:
      return threshold satisfies never
  }
}
