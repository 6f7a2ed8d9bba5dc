import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { drawInvoice } from '#invoicing/actions/draw-invoice.ts'
import { gatherDocument } from '#invoicing/actions/gather-document.ts'
import { type Letter, letterOf } from '#mail/letter.ts'
import type { MailRecord } from '#mail/mail.store.ts'
import { attachesInvoice, isOptional, ownRecipient } from '#mail/mail.ts'
import { letterHtml, letterText } from '#mail/render-letter.ts'
import type { Message } from '#mail/transport.ts'
import type { Links, Org } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { lastGoodDay } from '#payments/card-expiry.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { type Language, readerIn } from '#words/language.ts'

/** A mail in words, to whom, without its files. */
export type ComposedLetter = {
  readonly letter: Letter
  readonly to: { readonly name: string; readonly address: string }
  readonly replyTo: string | null
}

/** Puts a mail into the words of its customer's language, as things are now. Undefined when the customer is gone. */
export async function composeLetter(
  db: Db,
  org: Org,
  links: Links,
  mail: MailRecord,
): Promise<ComposedLetter | undefined> {
  const { seller, notificationEmail } = await findSettings(db, org.id)
  const organisation = await findOrganisation(db, org.organisationId)
  if (mail.customerId === null)
    return toOperator(org, mail, organisation?.name ?? '', notificationEmail, seller.language)
  const customer = (await findCustomersById(db, org.id, [mail.customerId])).get(mail.customerId)
  if (!customer) return undefined
  const parties = {
    sellerName: organisation?.name ?? '',
    supportEmail: seller.supportEmail,
    customerName: customer.fullName,
    livemode: org.livemode,
    choiceUrl: isOptional(mail.content.kind) ? links.mailChoice(org.id, customer.id) : null,
  }
  return {
    letter: letterOf(mail.content, parties, readerIn(customer.address?.country ?? null, seller.language)),
    to: { name: customer.fullName ?? '', address: ownRecipient(mail.content) ?? customer.email },
    replyTo: seller.supportEmail,
  }
}

function toOperator(
  { livemode }: Org,
  { content }: MailRecord,
  organisationName: string,
  address: string | null,
  language: Language,
): ComposedLetter {
  const parties = { sellerName: organisationName, supportEmail: null, customerName: null, livemode }
  return {
    letter: letterOf(content, parties, readerIn(null, language)),
    to: { name: organisationName, address: address ?? '' },
    replyTo: null,
  }
}

/** The invoice that goes with a mail, drawn now; undefined for mails without one. */
export async function invoiceFile(
  db: Db,
  org: Org,
  links: Links,
  mail: MailRecord,
): Promise<{ name: string; content: Buffer } | undefined> {
  const invoiceId = attachesInvoice(mail.content)
  const facts = invoiceId === null ? undefined : await gatherDocument(db, org, links, invoiceId)
  return facts && invoiceId !== null ? drawInvoice(db, org.id, invoiceId, facts) : undefined
}

/** A mail ready to leave; undefined when there is nobody to write to, or what it says is not true any more. */
export async function composeMail(db: Db, org: Org, links: Links, mail: MailRecord): Promise<Message | undefined> {
  const composed = await composeLetter(db, org, links, mail)
  // Operators may have taken their address away meanwhile.
  if (!composed || composed.to.address === '' || (await isOutdated(db, org, mail))) return undefined
  const { letter, to, replyTo } = composed
  const file = await invoiceFile(db, org, links, mail)
  return {
    id: mail.id,
    senderName: letter.sellerName,
    to,
    replyTo,
    subject: letter.subject,
    text: letterText(letter),
    html: letterHtml(letter),
    unsubscribeUrl: letter.choice?.url ?? null,
    attachments: file ? [file] : [],
  }
}

// The card was replaced since, or its bank has given it another date.
async function isOutdated(db: Db, org: Org, { customerId, content }: MailRecord): Promise<boolean> {
  if (content.kind !== 'card_expiring' || customerId === null) return false
  const card = await findDefaultMethod(db, org.id, customerId)
  const { paymentMethodId, goodUntil } = content.facts
  return card?.id !== paymentMethodId || lastGoodDay(card).toString() !== goodUntil
}
