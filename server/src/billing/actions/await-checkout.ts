import { changeAccess } from '#billing/actions/change-access.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import { tellRevoked } from '#billing/actions/revoke-plan-change.ts'
import { type SwitchedPlan, tellSwitched } from '#billing/actions/scheduled-change.ts'
import { invoiceOf } from '#billing/actions/settle-bills.ts'
import { tellTrialExpired } from '#billing/actions/tell-trial-expired.ts'
import type { WindowBill } from '#billing/window-bill.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { insertCheckout } from '#hosted/checkouts.store.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import type { Context } from '#organisations/org.ts'
import { nothingScheduled } from '#subscriptions/plan-change.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** The end of a trial that nobody can be charged for: what its customer is asked for. */
export type AwaitedCheckout = {
  readonly due: Due
  readonly bill: WindowBill
  readonly planName: string
  readonly basePrice: bigint
  /** The change of plan that takes effect with it. */
  readonly switched: SwitchedPlan | null
  /** A scheduled change whose plan was deleted. */
  readonly isLost: boolean
}

/** A trial ran out and there is no card to charge: access stops until the checkout of its first invoice is paid. */
export async function awaitCheckout(
  tx: Tx,
  context: Context,
  { due, bill, planName, basePrice, switched, isLost }: AwaitedCheckout,
): Promise<void> {
  const { org, now, links } = context
  const { customer } = due
  const subscription = await changeAccess(tx, org.id, due.subscription.id, {
    ...(switched?.changes ?? {}),
    ...(isLost ? nothingScheduled : {}),
    status: 'pending_payment',
    basePrice,
    dueAt: null,
    updatedAt: now,
  })
  if (isLost) await tellRevoked(tx, context, due.subscription, customer)
  await tellTrialExpired(tx, context, { subscription, customer }, planName)
  if (switched) await tellSwitched(tx, context, switched, subscription, customer)
  if (bill.kind !== 'invoice') return
  const { windowNumber } = subscription
  const owed = { due: { ...due, subscription }, bill, windowNumber, planName }
  const invoice = await issueInvoice(tx, context, invoiceOf(owed, false))
  const checkout = await insertCheckout(
    tx,
    org.id,
    {
      kind: invoice.total === 0n ? 'setup' : 'payment',
      subscriptionId: subscription.id,
      invoiceId: invoice.id,
      successUrl: subscription.successUrl,
    },
    now,
  )
  await recordEvent(tx, context, 'checkout.ready', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    invoiceCurrency: invoice.currency,
    checkoutUrl: links.checkout(org.id, checkout.id),
  })
}
