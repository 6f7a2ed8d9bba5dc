import type { Tx } from '#database/transaction.ts'
import { queueMail } from '#mail/outbox.ts'
import type { LedgerModel } from '#metering/ledger.ts'
import { currency as currencyOf } from '#money/currency.ts'
import { rateToMinor } from '#money/rate.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What somebody was given beside their plan, and what they hold with it: credits, or rate scale. */
export type Grant = { readonly model: LedgerModel; readonly added: bigint; readonly held: bigint }

/** Mails a customer that something was added to what they hold, where no receipt says so. What every window brings is no news. */
export async function mailGrant(
  tx: Tx,
  context: Context,
  { customerId, name: planName, currency }: Pick<SubscriptionRecord, 'customerId' | 'name' | 'currency'>,
  { model, added, held }: Grant,
): Promise<void> {
  if (model === 'credits') {
    const counts = { credits: added.toString(), total: held.toString() }
    return queueMail(tx, context, customerId, 'credits_granted', { planName, ...counts })
  }
  const minor = (rate: bigint) => rateToMinor(rate, currencyOf(currency)).toString()
  const amounts = { amount: minor(added), total: minor(held), currency }
  return queueMail(tx, context, customerId, 'balance_granted', { planName, ...amounts })
}
