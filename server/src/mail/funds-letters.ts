import type { LetterBody, LetterParts } from '#mail/letter-parts.ts'
import type { MailContent } from '#mail/mail.ts'

type FundsMail = Extract<MailContent, { readonly kind: `credits_${string}` | `balance_${string}` }>

/** Mails about what a customer holds of credits and balance. */
export function fundsBody(content: FundsMail, { say, day, money, count, fact, planFact }: LetterParts): LetterBody {
  const plan = content.facts.planName
  const refill = (on: string | null) => (on === null ? [] : [say('refill', { day: day(on) })])
  const refillFact = (on: string | null) => fact('refillsOn', on === null ? '' : day(on))
  switch (content.kind) {
    case 'credits_low': {
      const { credits, refillsOn } = content.facts
      const values = { plan, count: count(credits) }
      return {
        subject: say('creditsLowSubject', values),
        heading: say('creditsLowHeading', values),
        paragraphs: [say('creditsLowLead', values), ...refill(refillsOn)],
        facts: [...planFact(plan), ...fact('creditsLeft', values.count), ...refillFact(refillsOn)],
      }
    }
    case 'credits_depleted': {
      const { refillsOn } = content.facts
      return {
        subject: say('creditsDepletedSubject', { plan }),
        heading: say('creditsDepletedHeading'),
        paragraphs: [say('creditsDepletedLead', { plan }), ...refill(refillsOn)],
        facts: [...planFact(plan), ...fact('creditsLeft', count('0')), ...refillFact(refillsOn)],
      }
    }
    case 'credits_granted': {
      const values = { plan, count: count(content.facts.credits), total: count(content.facts.total) }
      return {
        subject: say('creditsGrantedSubject', values),
        heading: say('creditsGrantedHeading', values),
        paragraphs: [say('creditsGrantedLead', values)],
        facts: [...planFact(plan), ...fact('added', values.count), ...fact('creditsLeft', values.total)],
      }
    }
    case 'balance_low': {
      const { refillsOn } = content.facts
      const values = { plan, amount: money(content.facts) }
      return {
        subject: say('balanceLowSubject', values),
        heading: say('balanceLowHeading', values),
        paragraphs: [say('balanceLowLead', values), ...refill(refillsOn)],
        facts: [...planFact(plan), ...fact('balanceLeft', values.amount), ...refillFact(refillsOn)],
      }
    }
    case 'balance_depleted': {
      const { refillsOn, isBilledBeyond } = content.facts
      return {
        subject: say('balanceDepletedSubject', { plan }),
        heading: say('balanceDepletedHeading'),
        paragraphs: [say(isBilledBeyond ? 'balanceBilledLead' : 'balanceDepletedLead', { plan }), ...refill(refillsOn)],
        facts: [...planFact(plan), ...refillFact(refillsOn)],
      }
    }
    case 'balance_granted': {
      const { currency, total } = content.facts
      const values = { plan, amount: money(content.facts), total: money({ amount: total, currency }) }
      return {
        subject: say('balanceGrantedSubject', values),
        heading: say('balanceGrantedHeading', values),
        paragraphs: [say('balanceGrantedLead', values)],
        facts: [...planFact(plan), ...fact('added', values.amount), ...fact('balanceLeft', values.total)],
      }
    }
    default:
      return content satisfies never
  }
}
