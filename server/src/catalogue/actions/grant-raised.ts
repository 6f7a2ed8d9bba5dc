import type { PlanPrice } from '#catalogue/plan-price.ts'
import type { Tx } from '#database/transaction.ts'
import { grantRaised } from '#metering/raised-funds.store.ts'
import type { Context } from '#organisations/org.ts'
import { recordEvents } from '#webhooks/outbox.ts'

const eventsPerStatement = 1_000

/**
 * A price includes more credits or balance than before: whoever runs on it is given the difference now. What it includes less
 * counts from the next reset on. USD is canonical; amounts of other currencies are theirs.
 */
export async function grantRaisedFunds(
  tx: Tx,
  context: Context,
  before: PlanPrice,
  after: PlanPrice,
  currency = 'usd',
): Promise<void> {
  const isMore = (was: bigint | null, is: bigint | null) => is !== null && is > (was ?? 0n)
  const raised = {
    priceId: after.id,
    currency,
    credits: isMore(before.includedCredits, after.includedCredits) ? after.includedCredits : null,
    balance: isMore(before.includedBalance, after.includedBalance) ? after.includedBalance : null,
  }
  if (raised.credits === null && raised.balance === null) return
  const given = await grantRaised(tx, context.org.id, raised, context.now)
  const events = given.map(({ subscriptionId, customerId, publicCustomerId, credits }) => ({
    type: 'credits.granted' as const,
    customerId,
    data: { subscriptionId, customerId: publicCustomerId, credits: Number(credits), reason: 'included_raised' },
  }))
  for (let from = 0; from < events.length; from += eventsPerStatement) {
    await recordEvents(tx, context, events.slice(from, from + eventsPerStatement))
  }
}
