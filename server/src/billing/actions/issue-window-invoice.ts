import type { InvoiceBill } from '#billing/window-bill.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** Issues the invoice of a window that ended. `isFinal` is false where a checkout will finalise it. */
export function issueWindowInvoice(
  tx: Tx,
  context: Context,
  { subscription, customer }: { subscription: SubscriptionRecord; customer: CustomerRecord },
  bill: InvoiceBill,
  about: { windowNumber: number; planName: string; isFinal: boolean },
): Promise<InvoiceRecord> {
  return issueInvoice(tx, context, {
    type: bill.type,
    cause: bill.cause,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: about.windowNumber,
    currency: subscription.currency,
    planName: about.planName,
    periodStart: bill.periodStart,
    periodEnd: bill.periodEnd,
    lines: bill.lines,
    finalFor: about.isFinal ? customer : null,
  })
}
