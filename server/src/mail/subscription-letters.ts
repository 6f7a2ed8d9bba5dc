import { cardName } from '#invoicing/document.ts'
import type { LetterBody, LetterParts } from '#mail/letter-parts.ts'
import type { MailContent } from '#mail/mail.ts'

type SubscriptionMail = Extract<
  MailContent,
  {
    readonly kind:
      | 'subscription_started'
      | 'subscription_reactivated'
      | 'trial_will_end'
      | 'trial_converted'
      | 'subscription_changed'
      | 'cancel_scheduled'
      | 'cancel_undone'
      | 'subscription_ended'
      | 'renewal_reminder'
      | 'card_expiring'
  }
>

/** Mails about a subscription itself: how it begins, changes, goes on and ends. */
export function subscriptionBody(
  content: SubscriptionMail,
  seller: string,
  { say, day, dayOrNothing, money, fact, planFact, withdrawalLink }: LetterParts,
): LetterBody {
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
    default:
      return content satisfies never
  }
}
