import type { Tx } from '#database/transaction.ts'
import { insertMails, type NewMail } from '#mail/mail.store.ts'
import type { MailContent, MailFacts, MailKind } from '#mail/mail.ts'
import type { Moment } from '#organisations/org.ts'

/**
 * Queues a mail to a customer (their `cus_…`) in the transaction that causes it: no mail without its effect. Nothing is
 * written for a mail that the organisation has switched off. It is put into words when it is sent, in the customer's
 * language, to the address they have then.
 */
export async function queueMail<Kind extends MailKind>(
  tx: Tx,
  moment: Moment,
  customerId: string,
  kind: Kind,
  facts: MailFacts<Kind>,
): Promise<void> {
  await queueMails(tx, moment, [{ customerId, content: { kind, facts } as MailContent }])
}

/** The same for many at once, in one statement. */
export async function queueMails(tx: Tx, { org, now }: Moment, mails: readonly NewMail[]): Promise<void> {
  await insertMails(tx, org.id, mails, { now, isAskedFor: false })
}

/** Queues a mail that somebody asked for by name: switches do not stop it. */
export async function queueAskedMail<Kind extends MailKind>(
  tx: Tx,
  { org, now }: Moment,
  customerId: string,
  kind: Kind,
  facts: MailFacts<Kind>,
): Promise<void> {
  const content = { kind, facts } as MailContent
  await insertMails(tx, org.id, [{ customerId, content }], { now, isAskedFor: true })
}
