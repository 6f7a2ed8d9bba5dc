import { endAddons } from '#billing/actions/end-addons.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * On a free plan an invoice for add-ons was declined (billing.md, Renewal): those it charges for end, and as nothing of what it
 * asks for was given, it is void. Nobody is past due. Add-ons that were activated since are paid for and stay.
 */
export async function dropUnpaidAddons(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  invoice: InvoiceRecord,
): Promise<void> {
  const active = (await findActiveAddons(tx, context.org.id, [subscription.id])).get(subscription.id) ?? []
  const unpaid = active.filter(({ sinceWindow }) => sinceWindow <= (invoice.windowNumber ?? 0))
  await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  await endAddons(tx, context, { subscription, customer, windowNumber: subscription.windowNumber }, unpaid)
}
