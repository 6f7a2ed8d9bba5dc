import assert from 'node:assert/strict'
import { lockCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import type { Context } from '#organisations/org.ts'
import { findAttempt, lockAttempt, moveAttempt } from '#payments/attempts.store.ts'
import type { RefundResult } from '#payments/provider.ts'
import type { Refund } from '#payments/refund.ts'
import { endRefund, lockRefund } from '#payments/refunds.store.ts'
import type { RefundSettlement } from '#payments/services.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'

/**
 * Writes the provider's answer to a refund and what follows from it, in one transaction. Whoever comes second finds it settled
 * and changes nothing. Gives the refund as it is now.
 */
export async function settleRefund(
  tx: Tx,
  context: Context,
  { id, transactionId }: Refund,
  result: RefundResult,
  settle: RefundSettlement,
): Promise<Refund> {
  const { org, now } = context
  const known = await findAttempt(tx, org.id, transactionId)
  assert(known, `refund ${id} gives back a charge`)
  const customer = await lockCustomer(tx, org.id, known.customerId)
  assert(customer, `customer ${known.customerId} exists`)
  const { subscriptionId } = known
  const subscription = subscriptionId === null ? undefined : await lockSubscription(tx, org.id, subscriptionId)
  const attempt = await lockAttempt(tx, org.id, transactionId)
  const refund = await lockRefund(tx, org.id, id)
  assert(attempt && refund, `refund ${id} and its charge exist`)
  if (refund.state !== 'started') return refund
  const ended = await endRefund(tx, refund, result, now)
  if (ended.state !== 'succeeded') {
    await tellRefused(tx, context, ended)
    return ended
  }
  const refunded = await moveAttempt(tx, attempt, { state: 'refunded', updatedAt: now })
  await settle(tx, context, { refund: ended, attempt: refunded, customer, subscription })
  return ended
}

// Nobody may be waiting for the answer: somebody has to find another way.
async function tellRefused(tx: Tx, { org, now }: Context, refund: Refund): Promise<void> {
  const { transactionId, amount, currency, failureCode, failureMessage } = refund
  const reason = failureMessage ?? failureCode ?? ''
  const facts = { transactionId, amount: amount.toString(), currency, reason }
  await insertOperatorMail(tx, org.id, { kind: 'refund_failed', facts }, now)
}
