import { cardName } from '#invoicing/document.ts'
import { fundsBody } from '#mail/funds-letters.ts'
import { type LetterBody, type LetterLink, letterParts } from '#mail/letter-parts.ts'
import { letterWords } from '#mail/letter-words.ts'
import type { MailContent } from '#mail/mail.ts'
import { operatorBody } from '#mail/operator-letters.ts'
import { withdrawalBody } from '#mail/withdrawal-letters.ts'
import { dayText } from '#words/day.ts'
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
  const { say, day, dayOrNothing, money, fact, planFact, withdrawalLink } = parts
  const invoiceFacts = (of: { invoiceNumber: string; amount: string; currency: string }) => [
    ...fact('invoice', of.invoiceNumber),
    ...fact('amount', money(of)),
  ]
  switch (content.kind) {
    case 'subscription_started': {
      const { planName: plan, renewsOn, trialEndsOn } = content.facts
      const lead = trialEndsOn ? say('trialLead', { plan, day: day(trialEndsOn) }) : say('startedLead', { plan })
      return {
        subject: say('startedSubject', { plan, seller }),
        heading: say('startedHeading', { plan }),
        paragraphs: [lead],
        facts: [
          ...planFact(plan),
          ...fact('trialEnds', dayOrNothing(trialEndsOn)),
          ...fact('renews', trialEndsOn ? '' : dayOrNothing(renewsOn)),
        ],
        link: withdrawalLink(content.facts.withdrawal),
      }
    }
    case 'subscription_reactivated': {
      const { planName: plan, renewsOn } = content.facts
      return {
        subject: say('reactivatedSubject', { plan, seller }),
        heading: say('reactivatedHeading', { plan }),
        paragraphs: [say('reactivatedLead', { plan })],
        facts: [...planFact(plan), ...fact('renews', dayOrNothing(renewsOn))],
        link: withdrawalLink(content.facts.withdrawal),
      }
    }
    case 'refunded': {
      const amount = money(content.facts)
      return {
        subject: say('refundedSubject', { seller, number: content.facts.invoiceNumber }),
        heading: say('refundedHeading', { amount }),
        paragraphs: [say('refundedLead', { amount })],
        facts: invoiceFacts(content.facts),
      }
    }
    case 'receipt': {
      const amount = money(content.facts)
      return {
        subject: say('receiptSubject', { seller, number: content.facts.invoiceNumber }),
        heading: say('receiptHeading', { amount }),
        paragraphs: [say('receiptLead', { amount })],
        facts: invoiceFacts(content.facts),
        link: withdrawalLink(content.facts.withdrawal),
      }
    }
    case 'invoice_finalised':
    case 'invoice_sent': {
      const due = day(content.facts.dueOn)
      return {
        subject: say('invoiceSubject', { seller, number: content.facts.invoiceNumber }),
        heading: say('invoiceHeading', { number: content.facts.invoiceNumber }),
        paragraphs: [say('invoiceLead', { seller })],
        facts: [...invoiceFacts(content.facts), ...fact('due', due)],
      }
    }
    case 'payment_failed': {
      const { recoveryUrl, nextRetryAt, planName: plan } = content.facts
      const amount = money(content.facts)
      const retry = nextRetryAt
        ? say('failedRetry', {
            day: dayText(Temporal.Instant.from(nextRetryAt).toZonedDateTimeISO('UTC').toPlainDate(), reader.locale),
          })
        : ''
      return {
        subject: say('failedSubject', { amount, seller }),
        heading: say('failedHeading', { amount }),
        paragraphs: [
          say('failedLead', { amount, plan }),
          declineText(content.facts.declineCode, say),
          retry,
          recoveryUrl ? '' : say('failedContact'),
        ].filter((text) => text !== ''),
        facts: [...planFact(plan), ...invoiceFacts(content.facts)],
        button: recoveryUrl ? { label: say('failedButton'), url: recoveryUrl } : null,
      }
    }
    case 'action_needed': {
      const amount = money(content.facts)
      return {
        subject: say('actionSubject', { amount, seller }),
        heading: say('actionHeading'),
        paragraphs: [say('actionLead', { amount })],
        facts: [...planFact(content.facts.planName), ...invoiceFacts(content.facts)],
        button: { label: say('actionButton'), url: content.facts.actionUrl },
      }
    }
    case 'payment_recovered':
      return {
        subject: say('recoveredSubject', { seller }),
        heading: say('recoveredHeading'),
        paragraphs: [say('recoveredLead', { amount: money(content.facts), plan: content.facts.planName })],
        facts: [...planFact(content.facts.planName), ...invoiceFacts(content.facts)],
      }
    case 'canceled_for_non_payment':
      return {
        subject: say('unpaidSubject', { plan: content.facts.planName, seller }),
        heading: say('unpaidHeading', { plan: content.facts.planName }),
        paragraphs: [say('unpaidLead', { amount: money(content.facts) })],
        facts: [...planFact(content.facts.planName), ...invoiceFacts(content.facts)],
      }
    case 'trial_will_end': {
      const { planName: plan, endsOn } = content.facts
      const values = { plan, day: day(endsOn), amount: money(content.facts) }
      return {
        subject: say('trialEndSubject', values),
        heading: say('trialEndHeading', values),
        paragraphs: [say(content.facts.amount === '0' ? 'trialEndFreeLead' : 'trialEndLead', values)],
        facts: [...planFact(plan), ...fact('trialEnds', values.day), ...fact('amount', values.amount)],
      }
    }
    case 'trial_converted': {
      const { planName: plan, renewsOn } = content.facts
      return {
        subject: say('convertedSubject', { plan, seller }),
        heading: say('convertedHeading', { plan }),
        paragraphs: [say('convertedLead', { plan })],
        facts: [...planFact(plan), ...fact('amount', money(content.facts)), ...fact('renews', dayOrNothing(renewsOn))],
      }
    }
    case 'subscription_changed': {
      const { from, to, effectiveOn, isScheduled } = content.facts
      const values = { from, to, day: day(effectiveOn) }
      return {
        subject: say('changedSubject', { plan: to, seller }),
        heading: say(isScheduled ? 'changeScheduledHeading' : 'changedHeading', values),
        paragraphs: [say(isScheduled ? 'changeScheduledLead' : 'changedLead', values)],
        facts: [...fact('before', from), ...fact('after', to), ...fact('from', values.day)],
      }
    }
    case 'cancel_scheduled': {
      const values = { plan: content.facts.planName, day: day(content.facts.endsOn) }
      return {
        subject: say('cancelSubject', { ...values, seller }),
        heading: say('cancelHeading', values),
        paragraphs: [say('cancelLead', values)],
        facts: [...planFact(values.plan), ...fact('ends', values.day)],
      }
    }
    case 'cancel_undone': {
      const { planName: plan, renewsOn } = content.facts
      return {
        subject: say('undoneSubject', { plan, seller }),
        heading: say('undoneHeading', { plan }),
        paragraphs: [say('undoneLead', { plan })],
        facts: [...planFact(plan), ...fact('renews', dayOrNothing(renewsOn))],
      }
    }
    case 'subscription_ended': {
      const values = { plan: content.facts.planName, day: day(content.facts.endedOn) }
      return {
        subject: say('endedSubject', { ...values, seller }),
        heading: say('endedHeading', values),
        paragraphs: [say('endedLead', values)],
        facts: [...planFact(values.plan), ...fact('ended', values.day)],
      }
    }
    case 'renewal_reminder': {
      const values = { plan: content.facts.planName, day: day(content.facts.renewsOn), amount: money(content.facts) }
      return {
        subject: say('reminderSubject', values),
        heading: say('reminderHeading', values),
        paragraphs: [say('reminderLead', values)],
        facts: [...planFact(values.plan), ...fact('renews', values.day), ...fact('amount', values.amount)],
      }
    }
    case 'card_expiring': {
      const { planName: plan, brand, last4, goodUntil, updateUrl } = content.facts
      const values = { plan, last4, day: day(goodUntil) }
      return {
        subject: say('cardSubject', { ...values, seller }),
        heading: say('cardHeading', values),
        paragraphs: [say('cardLead', values), say('cardRenewed')],
        facts: [
          ...planFact(plan),
          ...fact('card', `${cardName(brand)} •••• ${last4}`),
          ...fact('goodUntil', values.day),
        ],
        button: { label: say('cardButton'), url: updateUrl },
      }
    }
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
    case 'portal_link':
      return {
        subject: say('portalSubject', { seller }),
        heading: say('portalHeading'),
        paragraphs: [say('portalLead', { seller }), say('portalUnasked')],
        facts: fact('portalFor', seller),
        button: { label: say('portalButton'), url: content.facts.portalUrl },
      }
    case 'email_change': {
      const { newEmail: email, confirmUrl } = content.facts
      return {
        subject: say('emailChangeSubject', { seller }),
        heading: say('emailChangeHeading'),
        paragraphs: [say('emailChangeLead', { seller, email }), say('emailChangeUnasked')],
        facts: fact('newEmail', email),
        button: { label: say('emailChangeButton'), url: confirmUrl },
      }
    }
    case 'email_changed': {
      const { oldEmail, newEmail: email } = content.facts
      return {
        subject: say('emailChangedSubject', { seller }),
        heading: say('emailChangedHeading'),
        paragraphs: [say('emailChangedLead', { seller, email }), say('emailChangedUnasked', { seller })],
        facts: [...fact('before', oldEmail), ...fact('after', email)],
      }
    }
    default:
      return content satisfies never
  }
}

function declineText(code: string | null, say: ReturnType<typeof letterWords>): string {
  switch (code) {
    case 'insufficient_funds':
      return say('declineFunds')
    case 'expired_card':
      return say('declineExpired')
    case 'authentication_required':
      return say('declineAuthentication')
    case 'no_payment_method':
      return say('declineNoMethod')
    default:
      return say('declinePlain')
  }
}
