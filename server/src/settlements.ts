import assert from 'node:assert/strict'
import { failRenewal } from '#billing/actions/fail-renewal.ts'
import { settlePayment } from '#billing/actions/settle-payment.ts'
import type { Tx } from '#database/transaction.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { Settlement, Settlements } from '#payments/services.ts'
import { completePaidCheckout, completeTrialCheckout } from '#subscriptions/actions/complete-checkout.ts'
import { completePurchase, refusePurchase } from '#subscriptions/actions/settle-purchase.ts'

// A declined checkout changes nothing: the customer may try again with another card.
const nothing = async () => {}

const collected: Settlement['succeeded'] = async (tx, context, attempt, subscription) => {
  assert(attempt.invoiceId, `${attempt.id} pays an invoice`)
  const invoice = await payInvoice(tx, context, attempt.invoiceId)
  await settlePayment(tx, context, { invoice, attempt, subscription })
}

async function declinedRenewal(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const invoice = attempt.invoiceId === null ? undefined : await findInvoice(tx, context.org.id, attempt.invoiceId)
  assert(invoice, `${attempt.id} is for an invoice`)
  await failRenewal(tx, context, invoice, {
    code: attempt.failureCode ?? 'declined',
    message: attempt.failureMessage ?? 'The charge was declined.',
  })
}

/**
 * What follows from a settled attempt, by what it was for: the one place where work goes against the order of the domains,
 * in the transaction that settles it. A purpose without an entry does not compile.
 */
export const settlements: Settlements = {
  first_invoice: { succeeded: completePaidCheckout, failed: nothing },
  free_first_period: { succeeded: completePaidCheckout, failed: nothing },
  trial_setup: { succeeded: completeTrialCheckout, failed: nothing },
  renewal: { succeeded: collected, failed: declinedRenewal },
  final_invoice: { succeeded: collected, failed: declinedRenewal },
  credit_purchase: { succeeded: completePurchase, failed: refusePurchase },
  balance_topup: { succeeded: completePurchase, failed: refusePurchase },
}
