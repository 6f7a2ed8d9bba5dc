import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { Dispute } from '#payments/dispute.ts'

/**
 * Mails operators that a customer wants their money back from the bank, or how that ended, in the transaction that tells it. `owed`
 * where the customer has withdrawn from what was paid: the charge goes back, by itself or by the seller's hand.
 */
export async function mailDispute(
  tx: Tx,
  { org, now }: Context,
  { invoiceId, customerId, ...charge }: Attempt,
  { state, amount, currency, reason }: Dispute,
  owed?: { readonly isReturned: boolean },
): Promise<void> {
  const invoice = invoiceId === null ? undefined : await findInvoice(tx, org.id, invoiceId)
  const customer = (await findCustomersById(tx, org.id, [customerId])).get(customerId)
  const about = {
    customer: customer?.email ?? customerId,
    invoiceNumber: invoice?.number ?? null,
    amount: amount.toString(),
    currency,
  }
  const back = owed && { owed: { ...owed, amount: charge.amount.toString(), currency: charge.currency } }
  const mail =
    state === 'open'
      ? ({ kind: 'dispute_opened', facts: { ...about, reason } } as const)
      : ({ kind: 'dispute_resolved', facts: { ...about, isWon: state === 'won', ...back } } as const)
  await insertOperatorMail(tx, org.id, mail, now)
}
