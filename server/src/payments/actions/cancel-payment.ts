import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { publicIdOf } from '#payments/actions/show-payments.ts'
import { findPaymentAttempt } from '#payments/attempts.store.ts'
import { type Payment, statusOf, toLinkEvent } from '#payments/payment.ts'
import { lockPayment, updatePayment } from '#payments/payments.store.ts'
import { Problem } from '#problem.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** Cancels a link while it is pending; canceled already, nothing changes. 409 payment_not_cancelable otherwise. */
export async function cancelPayment(tx: Tx, context: Context, id: string): Promise<Payment> {
  const { org, now } = context
  const payment = await lockPayment(tx, org.id, id)
  if (!payment) throw new Problem('payment_not_found', `There is no payment ${id}.`)
  if (payment.status === 'canceled') return payment
  const status = statusOf(payment, await findPaymentAttempt(tx, org.id, id))
  if (payment.kind !== 'link' || status !== 'pending')
    throw new Problem('payment_not_cancelable', `The payment ${id} is ${status}; only a pending link can be canceled.`)
  const canceled = await updatePayment(tx, payment, { status: 'canceled', updatedAt: now })
  const told = toLinkEvent(canceled, await publicIdOf(tx, org.id, payment.customerId))
  await recordEvent(tx, context, 'payment_link.canceled', payment.customerId, told)
  return canceled
}
