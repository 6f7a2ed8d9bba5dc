import assert from 'node:assert/strict'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { askForRefund } from '#payments/actions/refund-transaction.ts'
import { settleRefund } from '#payments/actions/settle-refund.ts'
import type { SweepReport } from '#payments/actions/sweep-attempts.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { Refund } from '#payments/refund.ts'
import { takeDueRefunds } from '#payments/refunds.store.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'

/**
 * Settles refunds whose answer was lost: asks for each again under its key, which gives nothing back twice. It counts with the
 * time at which it was asked for. May run anywhere, at any time, as often as one likes.
 */
export async function sweepRefunds(services: PaymentServices, limit: number): Promise<SweepReport> {
  const due = await inTransaction(services.db, (tx) => takeDueRefunds(tx, services.machineNow(), limit))
  let settled = 0
  const troubled: { orgId: string; attemptId: string; error: unknown }[] = []
  for (const refund of due) {
    try {
      if (await settleOne(services, refund)) settled += 1
    } catch (error) {
      troubled.push({ orgId: refund.orgId, attemptId: refund.transactionId, error })
    }
  }
  return { looked: due.length, settled, troubled }
}

async function settleOne(services: PaymentServices, refund: Refund): Promise<boolean> {
  const { db } = services
  const org = await findOrg(db, refund.orgId)
  const attempt = await findAttempt(db, refund.orgId, refund.transactionId)
  assert(org && attempt, 'a refund has an organisation and a charge')
  const provider = await providerOf(services, org.id, attempt)
  const result = provider ? await askForRefund(provider, org, refund, attempt) : 'unknown'
  if (result === 'unknown') return false
  const context = services.contextFor(org, refund.createdAt)
  await inTransaction(db, (tx) => settleRefund(tx, context, refund, result, services.settleRefund))
  return true
}
