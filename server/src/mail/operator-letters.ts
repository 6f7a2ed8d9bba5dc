import type { LetterBody, LetterParts } from '#mail/letter-parts.ts'
import type { OperatorMail } from '#mail/mail.ts'

type Told = Exclude<OperatorMail, { readonly kind: 'withdrawal_declared' | 'refund_failed' }>

/** Mails to whoever runs a side; those of withdrawals stand with the customers'. */
export function operatorBody(content: Told, { say, money, count, fact, planFact }: LetterParts): LetterBody {
  switch (content.kind) {
    case 'dispute_opened': {
      const { customer, invoiceNumber, reason } = content.facts
      const values = { customer, amount: money(content.facts) }
      return {
        subject: say('disputeOpenedSubject', values),
        heading: say('disputeOpenedSubject', values),
        paragraphs: [say('disputeOpenedLead', values), say('disputeOpenedNext')],
        facts: [
          ...fact('customer', customer),
          ...fact('invoice', invoiceNumber ?? ''),
          ...fact('amount', values.amount),
          ...fact('reason', reason ?? ''),
        ],
      }
    }
    case 'dispute_resolved': {
      const { customer, invoiceNumber, isWon, owed } = content.facts
      const values = { customer, amount: money(content.facts) }
      const subject = isWon ? (owed ? 'disputeWonOwedSubject' : 'disputeWonSubject') : 'disputeLostSubject'
      const back = owed?.isReturned ? 'declaredRefund' : 'declaredByHand'
      return {
        subject: say(subject, values),
        heading: say(subject, values),
        paragraphs: owed
          ? [say('disputeWonOwedLead', values), say(back, { amount: money(owed) })]
          : [say(isWon ? 'disputeWonLead' : 'disputeLostLead', values)],
        facts: [
          ...fact('customer', customer),
          ...fact('invoice', invoiceNumber ?? ''),
          ...fact('amount', values.amount),
        ],
      }
    }
    case 'payout_paid': {
      const values = { amount: money(content.facts), last4: content.facts.last4 }
      return {
        subject: say('payoutPaidSubject', values),
        heading: say('payoutPaidSubject', values),
        paragraphs: [say('payoutPaidLead', values)],
        facts: [...fact('amount', values.amount), ...fact('account', `•••• ${values.last4}`)],
      }
    }
    case 'payout_failed': {
      const { last4, reason } = content.facts
      const values = { amount: money(content.facts), last4 }
      return {
        subject: say('payoutFailedSubject', values),
        heading: say('payoutFailedSubject', values),
        paragraphs: [say('payoutFailedLead', values)],
        facts: [...fact('amount', values.amount), ...fact('account', `•••• ${last4}`), ...fact('reason', reason)],
      }
    }
    case 'subscription_unpaid': {
      const { customer, planName: plan, invoiceNumber } = content.facts
      const values = { customer, plan, amount: money(content.facts) }
      return {
        subject: say('unpaidLostSubject', values),
        heading: say('unpaidLostHeading', values),
        paragraphs: [say('unpaidLostLead', values)],
        facts: [
          ...fact('customer', customer),
          ...planFact(plan),
          ...fact('invoice', invoiceNumber),
          ...fact('amount', values.amount),
        ],
      }
    }
    case 'sale_made': {
      const { customer, sold, invoiceNumber } = content.facts
      const values = { customer, sold, amount: money(content.facts) }
      return {
        subject: say('saleSubject', values),
        heading: say('saleSubject', values),
        paragraphs: [say('saleLead', values)],
        facts: [
          ...fact('customer', customer),
          ...fact('sold', sold),
          ...fact('invoice', invoiceNumber),
          ...fact('amount', values.amount),
        ],
      }
    }
    case 'webhook_failed': {
      const { url, event, eventId, attempts, reason, further } = content.facts
      return {
        subject: say('webhookFailedSubject', { event }),
        heading: say('webhookFailedHeading', { event }),
        paragraphs: [
          say('webhookFailedLead', { url, attempts: String(attempts) }),
          ...(further === 0 ? [] : [say('webhookFurther', { count: count(String(further)) })]),
          say('webhookQuiet'),
        ],
        facts: [...fact('endpoint', url), ...fact('event', eventId), ...fact('reason', reason)],
      }
    }
    case 'webhook_switched_off': {
      const { url, failures } = content.facts
      return {
        subject: say('webhookOffSubject'),
        heading: say('webhookOffHeading'),
        paragraphs: [say('webhookOffLead', { url, failures: String(failures) }), say('webhookOffNext')],
        facts: fact('endpoint', url),
      }
    }
    default:
      return content satisfies never
  }
}
