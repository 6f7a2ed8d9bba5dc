import assert from 'node:assert/strict'
import { failRenewal } from '#billing/actions/fail-renewal.ts'
import { completeOneTime, failOneTime } from '#billing/actions/settle-one-time.ts'
import { settlePayments } from '#billing/actions/settle-payment.ts'
import type { Tx } from '#database/transaction.ts'
import { payInvoices } from '#invoicing/actions/pay-invoice.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { RefundSettlement, SettledTogether, Settlement, Settlements } from '#payments/services.ts'
import { completePaidCheckout, completeTrialCheckout } from '#subscriptions/actions/complete-checkout.ts'
import { completeReactivation } from '#subscriptions/actions/complete-reactivation.ts'
import { completeMethodUpdate, completeRecovery } from '#subscriptions/actions/complete-recovery.ts'
import { completeRefund } from '#subscriptions/actions/complete-refund.ts'
import { releasePromoCode } from '#subscriptions/actions/redeem-promo-code.ts'
import { completeActivation, refuseActivation } from '#subscriptions/actions/settle-activation.ts'
import {
  completePaidChange,
  completePlanChange,
  refusePaidChange,
  refusePlanChange,
} from '#subscriptions/actions/settle-plan-change.ts'
import { completePurchase, refusePurchase } from '#subscriptions/actions/settle-purchase.ts'

// A declined checkout may be tried again with another card; until then its promo code is not held for it.
const declinedCheckout: Settlement['failed'] = (tx, context, _attempt, subscription) =>
  releasePromoCode(tx, context, subscription)

// Nobody is charged, and nothing changes: another card may be tried.
const nothing = async () => {}

const allCollected: SettledTogether = async (tx, context, settled) => {
  const ids = settled.map(({ attempt: { id, invoiceId } }) => {
    assert(invoiceId, `${id} pays an invoice`)
    return invoiceId
  })
  const invoices = await payInvoices(tx, context, ids)
  const payments = settled.flatMap((one, index) => {
    const invoice = invoices[index]
    return invoice ? [{ ...one, invoice }] : []
  })
  await settlePayments(tx, context, payments)
}

const collected: Settlement['succeeded'] = (tx, context, attempt, subscription) =>
  allCollected(tx, context, [{ attempt, subscription }])

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
  first_invoice: { succeeded: completePaidCheckout, failed: declinedCheckout },
  free_first_period: { succeeded: completePaidCheckout, failed: declinedCheckout },
  trial_setup: { succeeded: completeTrialCheckout, failed: declinedCheckout },
  renewal: { succeeded: collected, failed: declinedRenewal, allSucceeded: allCollected },
  final_invoice: { succeeded: collected, failed: declinedRenewal, allSucceeded: allCollected },
  credit_purchase: { succeeded: completePurchase, failed: refusePurchase },
  balance_topup: { succeeded: completePurchase, failed: refusePurchase },
  recovery: { succeeded: completeRecovery, failed: nothing },
  // Declined, its invoice waits for the next try, which prices it anew.
  reactivation: { succeeded: completeReactivation, failed: nothing },
  payment_link: { succeeded: completeOneTime, failed: failOneTime },
  payment_charge: { succeeded: completeOneTime, failed: failOneTime },
  method_update: { succeeded: completeMethodUpdate, failed: nothing },
  addon_activation: { succeeded: completeActivation, failed: refuseActivation },
  plan_change: { succeeded: completePlanChange, failed: refusePlanChange },
  plan_change_checkout: { succeeded: completePaidChange, failed: refusePaidChange },
}

/** What follows from a refund, in the transaction that settles it. */
export const settleRefund: RefundSettlement = completeRefund
