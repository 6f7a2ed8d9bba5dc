import type { LetterBody, LetterParts } from '#mail/letter-parts.ts'
import type { MailContent } from '#mail/mail.ts'

type PaymentMail = Extract<
  MailContent,
  {
    readonly kind:
      | 'invoice_finalised'
      | 'invoice_sent'
      | 'receipt'
      | 'refunded'
      | 'payment_failed'
      | 'action_needed'
      | 'payment_recovered'
      | 'canceled_for_non_payment'
  }
>

/** Mails about invoices and what is paid for them. */
export function paymentBody(
  content: PaymentMail,
  seller: string,
  { say, dayOf, day, money, fact, planFact, invoiceFacts, withdrawalLink }: LetterParts,
): LetterBody {
  switch (content.kind) {
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
    case 'refunded': {
      const amount = money(content.facts)
      return {
        subject: say('refundedSubject', { seller, number: content.facts.invoiceNumber }),
        heading: say('refundedHeading', { amount }),
        paragraphs: [say('refundedLead', { amount })],
        facts: invoiceFacts(content.facts),
      }
    }
    case 'payment_failed': {
      const { recoveryUrl, nextRetryAt, planName: plan } = content.facts
      const amount = money(content.facts)
      const retry = nextRetryAt ? say('failedRetry', { day: dayOf(nextRetryAt) }) : ''
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
    default:
      return content satisfies never
  }
}

function declineText(code: string | null, say: LetterParts['say']): string {
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
