import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { returnCredit, revokeGranted } from '#invoicing/customer-credit.store.ts'
import { findInvoicesOfSubscription, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context, Org } from '#organisations/org.ts'
import { endForgiven } from '#subscriptions/actions/end-forgiven.ts'
import type { ContractFacts } from '#subscriptions/actions/read-contract.ts'
import { endPending } from '#subscriptions/actions/replace-pending.ts'
import { findOpenChange } from '#subscriptions/plan-changes.store.ts'
import { withdrawn } from '#subscriptions/withdrawal.ts'

/** Ends what was withdrawn from: what is owed of it is void, credit comes back, and a subscription is over. */
export async function endWithdrawn(tx: Tx, context: Context, facts: ContractFacts): Promise<void> {
  const { org, now } = context
  const { subscription, customer, invoices, contract } = facts
  for (const invoice of await unpaid(tx, org, subscription.id, contract.concludedAt)) {
    await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  }
  // What they brought with them is theirs again; what their payments had become goes back as money, and once.
  for (const { id } of invoices) await returnCredit(tx, org.id, id, now)
  await revokeGranted(
    tx,
    org.id,
    invoices.map(({ id }) => id),
    now,
  )
  switch (subscription.status) {
    case 'canceled':
      return
    case 'draft':
    case 'pending_payment':
      await endPending(tx, context, subscription, customer, withdrawn)
      return
    default:
      await endForgiven(tx, context, subscription, customer, withdrawn)
  }
}

// What a change of plan waits for ends with the change, what would begin the subscription anew with time.
async function unpaid(
  tx: Tx,
  org: Org,
  subscriptionId: string,
  since: Temporal.Instant,
): Promise<readonly InvoiceRecord[]> {
  const outstanding = await findInvoicesOfSubscription(tx, org.id, subscriptionId, 'outstanding')
  const change = await findOpenChange(tx, org.id, subscriptionId)
  return outstanding.filter(
    ({ id, type, issuedAt }) =>
      id !== change?.invoiceId && type !== 'reactivation' && Temporal.Instant.compare(issuedAt, since) >= 0,
  )
}
