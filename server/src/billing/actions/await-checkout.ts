import { changeAccess } from '#billing/actions/change-access.ts'
import { issueWindowInvoice } from '#billing/actions/issue-window-invoice.ts'
import { tellTrialExpired } from '#billing/actions/tell-trial-expired.ts'
import type { WindowBill } from '#billing/window-bill.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { insertCheckout } from '#hosted/checkouts.store.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A trial ran out and there is no card to charge: access stops until the checkout of its first invoice is paid. */
export async function awaitCheckout(
  tx: Tx,
  context: Context,
  { subscription, customer }: { subscription: SubscriptionRecord; customer: CustomerRecord },
  { bill, planName, basePrice }: { bill: WindowBill; planName: string; basePrice: bigint },
): Promise<null> {
  const { org, now, links } = context
  const waiting = await changeAccess(tx, org.id, subscription.id, {
    status: 'pending_payment',
    basePrice,
    dueAt: null,
    updatedAt: now,
  })
  await tellTrialExpired(tx, context, { subscription: waiting, customer }, planName)
  if (bill.kind !== 'invoice') return null
  const about = { windowNumber: waiting.windowNumber, planName, isFinal: false }
  const invoice = await issueWindowInvoice(tx, context, { subscription: waiting, customer }, bill, about)
  const checkout = await insertCheckout(
    tx,
    org.id,
    {
      kind: invoice.total === 0n ? 'setup' : 'payment',
      subscriptionId: waiting.id,
      invoiceId: invoice.id,
      successUrl: waiting.successUrl,
    },
    now,
  )
  await recordEvent(tx, context, 'checkout.ready', customer.id, {
    subscriptionId: waiting.id,
    customerId: publicCustomerId(customer),
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    invoiceCurrency: invoice.currency,
    checkoutUrl: links.checkout(org.id, checkout.id),
  })
  return null
}
