import { inTransaction } from '#database/transaction.ts'
import { lookAtRefund } from '#payments/actions/review-refund.ts'
import type { SweepReport } from '#payments/actions/sweep-attempts.ts'
import { takeDueRefunds } from '#payments/refunds.store.ts'
import type { PaymentServices } from '#payments/services.ts'

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
      if (await lookAtRefund(services, refund)) settled += 1
    } catch (error) {
      troubled.push({ orgId: refund.orgId, attemptId: refund.transactionId, error })
    }
  }
  return { looked: due.length, settled, troubled }
}
