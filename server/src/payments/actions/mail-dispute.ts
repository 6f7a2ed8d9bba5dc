import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { Dispute } from '#payments/dispute.ts'

/** Mails operators that a customer wants their money back from the bank, or how that ended, in the transaction that tells it. */
export async function mailDispute(
  tx: Tx,
  { org, now }: Context,
  { invoiceId, customerId }: Attempt,
  { state, amount, currency, reason }: Dispute,
): Promise<void> {
  const invoice = invoiceId === null ? undefined : await findInvoice(tx, org.id, invoiceId)
  const customer = (await findCustomersById(tx, org.id, [customerId])).get(customerId)
  const about = {
    customer: customer?.email ?? customerId,
    invoiceNumber: invoice?.number ?? null,
    amount: amount.toString(),
    currency,
  }
  const mail =
    state === 'open'
      ? ({ kind: 'dispute_opened', facts: { ...about, reason } } as const)
      : ({ kind: 'dispute_resolved', facts: { ...about, isWon: state === 'won' } } as const)
  await insertOperatorMail(tx, org.id, mail, now)
}
