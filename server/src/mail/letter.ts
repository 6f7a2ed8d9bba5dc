import { accessBody } from '#mail/access-letters.ts'
import { fundsBody } from '#mail/funds-letters.ts'
import { type LetterBody, type LetterLink, letterParts } from '#mail/letter-parts.ts'
import { letterWords } from '#mail/letter-words.ts'
import type { MailContent } from '#mail/mail.ts'
import { operatorBody } from '#mail/operator-letters.ts'
import { paymentBody } from '#mail/payment-letters.ts'
import { subscriptionBody } from '#mail/subscription-letters.ts'
import { withdrawalBody } from '#mail/withdrawal-letters.ts'
import type { Reader } from '#words/language.ts'

/** Who writes to whom. */
export type LetterParties = {
  readonly sellerName: string
  readonly supportEmail: string | null
  readonly customerName: string | null
  readonly livemode: boolean
  /** Where the customer says that they want no such mails; absent for mails that come in any case. */
  readonly choiceUrl?: string | null
}

/** A mail in words, before it is HTML or text. */
export type Letter = {
  readonly language: Reader['language']
  readonly sellerName: string
  readonly subject: string
  /** What inboxes show beside the subject. */
  readonly preview: string
  readonly heading: string
  readonly greeting: string
  readonly paragraphs: readonly string[]
  /** Facts worth finding again, as label and value. */
  readonly facts: readonly (readonly [label: string, value: string])[]
  readonly button: { readonly label: string; readonly url: string } | null
  readonly link: LetterLink | null
  readonly closing: readonly string[]
  /** The way out of mails that nobody has to get. */
  readonly choice: { readonly label: string; readonly url: string } | null
  readonly sandboxText: string | null
}

/** Puts a mail into its reader's words. Pure: the same facts give the same letter. */
export function letterOf(content: MailContent, parties: LetterParties, reader: Reader): Letter {
  const say = letterWords(reader.language)
  const body = bodyOf(content, parties, reader)
  const { customerName, supportEmail, sellerName } = parties
  return {
    language: reader.language,
    sellerName,
    button: null,
    link: null,
    ...body,
    preview: body.paragraphs[0] ?? body.heading,
    greeting: customerName ? say('greeting', { name: customerName }) : say('greetingAnybody'),
    closing: [
      supportEmail ? say('questions', { contact: supportEmail }) : say('questionsPlain', { seller: sellerName }),
      sellerName,
    ],
    choice: parties.choiceUrl ? { label: say('choice'), url: parties.choiceUrl } : null,
    sandboxText: parties.livemode ? null : say('sandbox'),
  }
}

function bodyOf(content: MailContent, { sellerName: seller }: LetterParties, reader: Reader): LetterBody {
  const parts = letterParts(reader)
  switch (content.kind) {
    case 'subscription_started':
    case 'subscription_reactivated':
    case 'trial_will_end':
    case 'trial_converted':
    case 'subscription_changed':
    case 'cancel_scheduled':
    case 'cancel_undone':
    case 'subscription_ended':
    case 'renewal_reminder':
    case 'card_expiring':
      return subscriptionBody(content, seller, parts)
    case 'invoice_finalised':
    case 'invoice_sent':
    case 'receipt':
    case 'refunded':
    case 'payment_failed':
    case 'action_needed':
    case 'payment_recovered':
    case 'canceled_for_non_payment':
      return paymentBody(content, seller, parts)
    case 'portal_link':
    case 'email_change':
    case 'email_changed':
      return accessBody(content, seller, parts)
    case 'credits_low':
    case 'credits_depleted':
    case 'credits_granted':
    case 'balance_low':
    case 'balance_depleted':
    case 'balance_granted':
      return fundsBody(content, parts)
    case 'withdrawal_receipt':
    case 'withdrawal_declared':
    case 'refund_failed':
      return withdrawalBody(content, seller, parts)
    case 'dispute_opened':
    case 'dispute_resolved':
    case 'payout_paid':
    case 'payout_failed':
    case 'subscription_unpaid':
    case 'sale_made':
    case 'webhook_failed':
    case 'webhook_switched_off':
      return operatorBody(content, parts)
    default:
      return content satisfies never
  }
}
