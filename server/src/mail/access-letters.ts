import type { LetterBody, LetterParts } from '#mail/letter-parts.ts'
import type { MailContent } from '#mail/mail.ts'

type AccessMail = Extract<MailContent, { readonly kind: 'portal_link' | 'email_change' | 'email_changed' }>

/** Mails with a link that was asked for, and about the address that mails go to. */
export function accessBody(content: AccessMail, seller: string, { say, fact }: LetterParts): LetterBody {
  switch (content.kind) {
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
