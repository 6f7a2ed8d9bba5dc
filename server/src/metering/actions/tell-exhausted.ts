import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import { tellThreshold } from '#metering/actions/tell-threshold.ts'
import { fullOf } from '#metering/ledger.ts'
import { findAccounts } from '#metering/ledger-accounts.store.ts'
import type { Candidate, Exhaustion } from '#metering/usage-event.ts'
import { quantityToNumber } from '#money/quantity.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** Tells what a recorded event used up or left little of, in its transaction: the customer's state first, then what happened. */
export async function tellExhausted(
  tx: Tx,
  orgId: string,
  { event, customerId, subscriptionId, draw, quota }: Candidate,
  exhaustion: Exhaustion,
): Promise<void> {
  const moment = { org: { id: orgId }, now: event.createdAt }
  if (exhaustion.type !== 'quota.exceeded') {
    const account = (await findAccounts(tx, orgId, [subscriptionId])).get(subscriptionId)
    assert(draw && account && account.model !== 'metered', 'only what draws on an account depletes it')
    const owner = { subscriptionId, customerId, shownCustomerId: event.customerId, currency: draw.currency }
    const full = fullOf(account.model, account)
    await tellThreshold(tx, moment, owner, exhaustion.type, { after: exhaustion.left, full })
    return
  }
  assert(quota, 'only what is watched is exceeded')
  await tellState(tx, moment, customerId, 'quota_exceeded')
  await recordEvent(tx, moment, 'quota.exceeded', customerId, {
    subscriptionId,
    customerId: event.customerId,
    featureCode: event.feature,
    currentUsage: quantityToNumber(exhaustion.used),
    includedAmount: quantityToNumber(quota.included),
    overageEnabled: quota.isOverageOn,
    periodStart: `${quota.startsOn.toString()}T00:00:00.000Z`,
  })
}
