import assert from 'node:assert/strict'
import { tellReceived } from '#billing/actions/settle-payment.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { findInvoice, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import { mailGrant } from '#metering/actions/mail-grant.ts'
import { heldIn } from '#metering/ledger.ts'
import { enterMovements, lockAccount } from '#metering/ledger-accounts.store.ts'
import { fulfilPurchase, type LedgerPurchase } from '#metering/ledger-purchases.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findSubscription } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A purchase was charged: its invoice is paid and what was bought is there. */
export async function completePurchase(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const invoice = await payInvoice(tx, context, invoiceIdOf(attempt))
  await tellReceived(tx, context, invoice, attempt)
  await addPurchase(tx, context, invoice, { hasReceipt: true })
}

/** A purchase was declined: its invoice is void, nothing else changed. */
export async function refusePurchase(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const invoice = await findInvoice(tx, context.org.id, invoiceIdOf(attempt))
  assert(invoice, `${attempt.id} is for an invoice`)
  await voidInvoice(tx, context, invoice, await publicIdOf(tx, context.org.id, invoice.customerId))
}

/**
 * Adds what a paid invoice bought, once, and mails that it is there unless a receipt does. The caller holds the subscription's
 * lock.
 */
export async function addPurchase(
  tx: Tx,
  context: Context,
  invoice: InvoiceRecord,
  { hasReceipt }: { readonly hasReceipt: boolean },
): Promise<void> {
  const { org, now } = context
  const purchase = await fulfilPurchase(tx, org.id, invoice.id, now)
  if (!purchase) return
  const account = await lockAccount(tx, org.id, purchase.subscriptionId)
  assert(account, `subscription ${purchase.subscriptionId} has an account`)
  const isCredits = purchase.kind === 'credits'
  const movement = isCredits
    ? ({ kind: 'purchase', purchasedCredits: purchase.amount, invoiceId: invoice.id } as const)
    : ({ kind: 'top_up', balance: purchase.amount, invoiceId: invoice.id } as const)
  const changes = isCredits ? {} : { lastRefill: account.balance + purchase.amount }
  const after = await enterMovements(tx, org.id, account, [movement], { at: now, changes })
  await tell(tx, context, invoice, purchase)
  const subscription = hasReceipt ? undefined : await findSubscription(tx, org.id, purchase.subscriptionId)
  if (!subscription) return
  const bought = { model: purchase.kind, added: purchase.amount, held: heldIn(purchase.kind, after) }
  await mailGrant(tx, context, subscription, bought)
}

async function tell(tx: Tx, context: Context, invoice: InvoiceRecord, purchase: LedgerPurchase): Promise<void> {
  const about = {
    subscriptionId: purchase.subscriptionId,
    customerId: await publicIdOf(tx, context.org.id, invoice.customerId),
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
  }
  if (purchase.kind === 'credits') {
    const bought = { creditPackName: purchase.creditPackName, credits: Number(purchase.amount) }
    await recordEvent(tx, context, 'credits.purchased', invoice.customerId, { ...about, ...bought })
  } else {
    const added = { amount: Number(purchase.amount), currency: invoice.currency }
    await recordEvent(tx, context, 'balance.topped_up', invoice.customerId, { ...about, ...added })
  }
}

function invoiceIdOf({ id, invoiceId }: Attempt): string {
  assert(invoiceId, `${id} pays an invoice`)
  return invoiceId
}

async function publicIdOf(tx: Tx, orgId: string, customerId: string): Promise<string> {
  const customer = (await findCustomersById(tx, orgId, [customerId])).get(customerId)
  assert(customer, `customer ${customerId} exists`)
  return publicCustomerId(customer)
}
