import type * as z from 'zod'
import type { Attempt } from '#payments/attempt.ts'
import { availableFrom } from '#payments/payout.ts'
import { statusOf } from '#payments/transaction-status.ts'
import type { Transaction } from '#payments/transactions.contract.ts'

/** A charge as the API shows it. The USD figures are known only where USD was charged. */
export function toApiTransaction(attempt: Attempt, livemode: boolean): z.output<typeof Transaction> {
  const isUsd = attempt.currency === 'usd'
  return {
    id: attempt.id,
    invoiceId: attempt.invoiceId,
    grossAmount: isUsd ? attempt.amount : null,
    subtotal: isUsd ? attempt.subtotal : null,
    taxAmount: isUsd ? attempt.taxAmount : null,
    presentmentAmount: isUsd ? null : attempt.amount,
    currency: attempt.currency,
    provider: attempt.provider,
    status: statusOf(attempt.state),
    customerEmail: attempt.customerEmail,
    customerName: attempt.customerName,
    paidAt: attempt.paidAt,
    createdAt: attempt.createdAt,
    updatedAt: attempt.updatedAt,
    availableAt: livemode && attempt.provider === 'commet' && attempt.paidAt ? availableFrom(attempt.paidAt) : null,
    object: 'transaction',
    livemode,
    failureCode: attempt.failureCode,
    failureMessage: attempt.failureMessage,
  }
}
