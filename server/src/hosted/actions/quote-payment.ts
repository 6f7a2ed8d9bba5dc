import { type Db, inTransaction } from '#database/transaction.ts'
import { type TypedTaxFacts, typedTaxpayer } from '#hosted/actions/typed-taxpayer.ts'
import type { Context } from '#organisations/org.ts'
import { taxOnAmountFor } from '#payments/actions/tax-on-payment.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findPaymentAttempt } from '#payments/attempts.store.ts'
import { hasExpired } from '#payments/payment.ts'
import { lockPayment, updatePayment } from '#payments/payments.store.ts'
import { decideTaxOf } from '#tax/actions/decide-taxes.ts'

/**
 * Prices an open payment link with the tax of what was typed and keeps that, so that what is confirmed is what was shown. While a
 * payment is under way nothing changes: its amount is with the provider.
 */
export async function quotePayment(db: Db, context: Context, paymentId: string, typed: TypedTaxFacts): Promise<void> {
  const { org, now } = context
  await inTransaction(db, async (tx) => {
    const payment = await lockPayment(tx, org.id, paymentId)
    if (payment?.kind !== 'link' || payment.status === 'succeeded' || payment.status === 'canceled') return
    if (hasExpired(payment, now)) return
    const attempt = await findPaymentAttempt(tx, org.id, paymentId)
    if (attempt && isInFlight(attempt.state)) return
    const taxpayer = await typedTaxpayer(tx, context, payment.customerId, typed)
    if (!taxpayer) return
    const taxed = taxOnAmountFor(await decideTaxOf(tx, context, taxpayer), payment.amountSubtotal)
    await updatePayment(tx, payment, { ...taxed, updatedAt: now })
  })
}
