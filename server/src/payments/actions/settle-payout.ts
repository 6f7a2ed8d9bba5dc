import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import type { Context } from '#organisations/org.ts'
import { findBankAccount, lockPayout, type Payout, updatePayout } from '#payments/payouts.store.ts'
import { toPayoutEvent } from '#payments/payouts.view.ts'
import type { PayoutResult } from '#payments/provider.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** Writes what the provider says of a payout, once. A failed one is back in the balance; a bank may send one back after it was paid. */
export async function settlePayout(
  tx: Tx,
  context: Context,
  { orgId, id }: Pick<Payout, 'orgId' | 'id'>,
  result: PayoutResult,
): Promise<Payout> {
  const { now } = context
  const payout = await lockPayout(tx, orgId, id)
  assert(payout, `payout ${id} exists`)
  const isSentBack = payout.status === 'paid' && result.outcome === 'failed'
  const isOver = payout.status !== 'pending' && payout.status !== 'in_transit' && !isSentBack
  if (isOver || payout.status === result.outcome) return payout
  const moved = await updatePayout(tx, payout, {
    status: result.outcome,
    providerReference: result.reference,
    updatedAt: now,
    ...(result.outcome === 'in_transit' ? {} : { settledAt: now }),
    ...(result.outcome === 'failed' ? { failureCode: result.code, failureMessage: result.message } : {}),
  })
  const bank = await findBankAccount(tx, orgId, payout.bankAccountId)
  assert(bank, `payout ${id} has a bank account`)
  const at = now.toString({ smallestUnit: 'millisecond' })
  const told = toPayoutEvent(moved, bank)
  const facts = { amount: payout.amount.toString(), currency: payout.currency, last4: bank.last4 }
  if (result.outcome === 'paid') {
    await recordEvent(tx, context, 'payout.paid', null, { ...told, paidAt: at })
    await insertOperatorMail(tx, orgId, { kind: 'payout_paid', facts }, now)
  }
  if (result.outcome === 'failed') {
    const { code: failureCode, message: failureMessage } = result
    await recordEvent(tx, context, 'payout.failed', null, { ...told, failedAt: at, failureCode, failureMessage })
    const failed = { ...facts, reason: failureMessage }
    await insertOperatorMail(tx, orgId, { kind: 'payout_failed', facts: failed }, now)
  }
  return moved
}
