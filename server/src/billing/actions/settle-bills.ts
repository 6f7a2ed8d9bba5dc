import { collect } from '#billing/actions/collect.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import type { InvoiceBill } from '#billing/window-bill.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { type InvoiceToIssue, issueInvoices } from '#invoicing/actions/issue-invoice.ts'
import { forgiveLines, placeLines } from '#invoicing/carried-lines.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'

/** A window's bill that is to be issued and collected. */
export type Owed = {
  readonly due: Due
  readonly bill: InvoiceBill
  readonly windowNumber: number
  readonly planName: string
  readonly purpose: 'renewal' | 'final_invoice'
  /** The subscription ends with it: whatever pays it activates nothing. */
  readonly isEnd: boolean
}

/** The charges to perform, and the subscriptions whose bill was too large to be one. */
export type Settled = { readonly attempts: readonly Attempt[]; readonly tooLarge: readonly string[] }

/**
 * Issues what is owed, numbered in this order, and records the charges that are to be performed after the commit. Everybody
 * else who issues waits from the first number to that commit: it comes last in a transaction, for all of its bills at once.
 *
 * A bill that comes to more than any answer could show is not asked for: its subscription is in `tooLarge`, and goes on.
 */
export async function settleBills(tx: Tx, context: Context, owed: readonly Owed[]): Promise<Settled> {
  const { org } = context
  const invoices = await issueInvoices(
    tx,
    context,
    owed.map((one) => invoiceOf(one, true)),
  )
  for (const [index, { due, isEnd }] of owed.entries()) {
    const invoice = invoices[index]
    if (!invoice && isEnd) await forgiveLines(tx, org.id, due.subscription.id, context.now)
    if (invoice && due.waiting.length > 0) await placeLines(tx, org.id, due.subscription.id, invoice.id)
  }
  const collections = owed.flatMap(({ due, purpose, isEnd }, index) => {
    const invoice = invoices[index]
    return invoice ? [{ invoice, ...due, purpose, isEnd }] : []
  })
  const tooLarge = owed.flatMap(({ due }, index) => (invoices[index] ? [] : [due.subscription.id]))
  return { attempts: await collect(tx, context, collections), tooLarge }
}

/** The invoice of a bill. `isFinal` is false where a checkout will finalise it. */
export function invoiceOf(
  { due, bill, windowNumber, planName }: Omit<Owed, 'purpose' | 'isEnd'>,
  isFinal: boolean,
): InvoiceToIssue {
  const { subscription, customer } = due
  return {
    type: bill.type,
    cause: bill.cause,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber,
    currency: subscription.currency,
    planName,
    periodStart: bill.periodStart,
    periodEnd: bill.periodEnd,
    lines: bill.lines,
    finalFor: isFinal ? customer : null,
  }
}
